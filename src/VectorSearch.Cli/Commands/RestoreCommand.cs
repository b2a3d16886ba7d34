using System.CommandLine;
using Spectre.Console;
using VectorSearch.Collections;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch restore FOLDER COLLECTION</c>: verifies a backup, then makes or replaces a collection from it.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = "A backup." };
        Argument<string> collection = new("collection") { Description = "Name the collection shall have." };
        Option<bool> replace = new("--replace") { Description = "Replace a collection of this name; its points are then gone." };
        Option<string> data = new("--data", "-d") { Description = "Data directory; no server may hold it.", DefaultValueFactory = _ => new ServerOptions().DataDirectory };
        Command command = new("restore", "Verify a backup and make a collection from it.") { folder, collection, replace, data };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(folder)!, parsed.GetValue(collection)!, parsed.GetValue(replace), parsed.GetValue(data)!, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string collection, bool replace, string data, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw new CliException($"There is no backup '{folder}'.");
        await using CollectionCatalog catalog = await CollectionCatalog.OpenAsync(data, new CatalogOptions(), cancellation);
        Collection restored = await catalog.RestoreAsync(folder, collection, replace, cancellation);
        string models = Path.Combine(folder, BackupCommand.ModelFolder);
        if (Directory.Exists(models))
        {
            // A model is named by its digest, so one that is there is the same.
            Directory.CreateDirectory(DataLayout.Models(data));
            foreach (string file in Directory.EnumerateFiles(models))
            {
                string target = Path.Combine(DataLayout.Models(data), Path.GetFileName(file));
                if (!File.Exists(target)) File.Copy(file, target);
            }
        }

        AnsiConsole.MarkupLineInterpolated($"[green]restored[/] {restored.Count} points as {collection}");
        return 0;
    }
}
