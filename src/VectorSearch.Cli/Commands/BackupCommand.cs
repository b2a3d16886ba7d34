using System.CommandLine;
using Spectre.Console;
using VectorSearch.Collections;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch backup COLLECTION FOLDER</c>: copies a collection of a stopped server, with its model.</summary>
internal static class BackupCommand
{
    /// <summary>The model's file within a backup.</summary>
    internal const string ModelFolder = "model";

    public static Command Create()
    {
        Argument<string> collection = new("collection") { Description = "Name of the collection." };
        Argument<string> folder = new("folder") { Description = "Folder to make; it must not exist." };
        Option<string> data = new("--data", "-d") { Description = "Data directory; no server may hold it.", DefaultValueFactory = _ => new ServerOptions().DataDirectory };
        Command command = new("backup", "Copy a collection, with its model and configuration, into a new folder.") { collection, folder, data };
        command.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetValue(collection)!, parsed.GetValue(folder)!, parsed.GetValue(data)!, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string collection, string folder, string data, CancellationToken cancellation)
    {
        if (!Directory.Exists(data)) throw new CliException($"There is no data directory '{data}'.");
        await using CollectionCatalog catalog = await CollectionCatalog.OpenAsync(data, new CatalogOptions(), cancellation);
        ulong lsn = await catalog.BackupAsync(collection, folder, cancellation);
        Collection source = catalog.Get(collection);
        string model = source.Definition.Model;
        if (model.Length > 0 && ModelPath(data, model) is { } file && File.Exists(file))
        {
            Directory.CreateDirectory(Path.Combine(folder, ModelFolder));
            File.Copy(file, Path.Combine(folder, ModelFolder, Path.GetFileName(file)));
        }

        AnsiConsole.MarkupLineInterpolated($"[green]backed up[/] {source.Count} points of {collection} through record {lsn} to {folder}");
        return 0;
    }

    /// <summary>Where a data directory keeps the model of this digest.</summary>
    internal static string ModelPath(string data, string digest) =>
        Path.Combine(DataLayout.Models(data), digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..] + ".vsmodel");
}
