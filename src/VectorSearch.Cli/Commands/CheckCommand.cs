using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VectorSearch.Collections;
using VectorSearch.Learn;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch check DIR</c>: reads every byte of a data directory and says what is wrong, by file and offset.</summary>
internal static class CheckCommand
{
    private const int ExitDamaged = 2;

    public static Command Create()
    {
        Argument<string> directory = new("directory") { Description = "A data directory; no server may hold it." };
        Option<bool> repair = new("--repair") { Description = "Mend what can be mended without losing a point; says what else would be lost." };
        Command command = new("check", "Verify every file, record and graph of a data directory.") { directory, repair };
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed.GetValue(directory)!, parsed.GetValue(repair))));
        return command;
    }

    private static int Run(string directory, bool repair)
    {
        if (!Directory.Exists(directory)) throw new CliException($"There is no directory '{directory}'.");
        string collections = DataLayout.Collections(directory), models = DataLayout.Models(directory);
        if (!Directory.Exists(collections) && !Directory.Exists(models))
            throw new CliException($"'{directory}' is not a data directory: it has neither '{Path.GetFileName(collections)}' nor '{Path.GetFileName(models)}'.");

        int faults = 0;
        if (Directory.Exists(collections)) faults += CheckCollections(directory, repair);
        if (Directory.Exists(models)) faults += CheckModels(models);
        if (faults == 0) AnsiConsole.MarkupLine("[green]good[/]: nothing is wrong.");
        else AnsiConsole.MarkupLineInterpolated($"[red]{faults} {(faults == 1 ? "fault" : "faults")}[/], named above.");
        return faults == 0 ? 0 : ExitDamaged;
    }

    private static int CheckCollections(string root, bool repair)
    {
        CheckReport report = repair ? CollectionChecker.Repair(root) : CollectionChecker.Check(root);
        AnsiConsole.MarkupLine(string.Create(
            CultureInfo.InvariantCulture, $"collections: {report.Collections:N0}, points {report.Points:N0}, files {report.Files:N0}, bytes {report.Bytes:N0}"));
        foreach (CheckFinding finding in report.Findings) AnsiConsole.MarkupLineInterpolated($"[red]fault[/] {Describe(finding)}");
        return report.Findings.Count;
    }

    private static string Describe(CheckFinding finding)
    {
        string place = finding.Offset < 0 ? finding.File : string.Create(CultureInfo.InvariantCulture, $"{finding.File} at byte {finding.Offset}");
        string loss = finding.Loss switch
        {
            null => "It cannot be repaired.",
            "" => "A repair loses nothing.",
            _ => $"A repair would lose {finding.Loss}.",
        };
        return $"{place}: {finding.Message} {loss}";
    }

    private static int CheckModels(string root)
    {
        int faults = 0, good = 0;
        foreach (string file in Directory.EnumerateFiles(root, "*.vsmodel").Order(StringComparer.Ordinal))
        {
            try
            {
                ModelFile.Load(file, out string digest);
                if (Path.GetFileNameWithoutExtension(file) == digest)
                {
                    good++;
                    continue;
                }

                faults++;
                AnsiConsole.MarkupLineInterpolated($"[red]fault[/] {file}: the name says {Path.GetFileNameWithoutExtension(file)}, the content is {digest}.");
            }
            catch (ModelFileException damaged)
            {
                faults++;
                AnsiConsole.MarkupLineInterpolated($"[red]fault[/] {damaged.Message}");
            }
        }

        AnsiConsole.MarkupLineInterpolated($"models: {good} good");
        return faults;
    }
}
