using System.Diagnostics;

namespace VectorSearch.Architecture.Tests;

/// <summary>A tracked file: its path from the repository's root, with '/', and its text.</summary>
public sealed record SourceFile(string Path, string Text)
{
    /// <summary>File name without folder and extension.</summary>
    public string Stem => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The extension in lower case, with its dot.</summary>
    public string Extension => System.IO.Path.GetExtension(Path).ToLowerInvariant();

    /// <summary>The line, from 1, that holds the character at <paramref name="offset"/>.</summary>
    public int LineAt(int offset) => Text.AsSpan(0, offset).Count('\n') + 1;
}

/// <summary>A broken rule: where, and what to do about it.</summary>
public sealed record Violation(string Path, int Line, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}:{Line}: {Message}";
}

/// <summary>The working tree that the tests were built from: everything git tracks, or would track.</summary>
public static class Repository
{
    private const int LargestTextFile = 1 << 20;

    private static readonly Lazy<string> RootFolder = new(FindRoot);
    private static readonly Lazy<string[]> AllPaths = new(ListPaths);
    private static readonly Lazy<SourceFile[]> AllFiles = new(ReadFiles);

    public static string Root => RootFolder.Value;

    /// <summary>Every tracked path, whatever it holds.</summary>
    public static IReadOnlyList<string> Paths => AllPaths.Value;

    /// <summary>Every tracked text file of at most 1 MB.</summary>
    public static IReadOnlyList<SourceFile> Files => AllFiles.Value;

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "VectorSearch.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} has VectorSearch.sln");
    }

    private static string[] ListPaths()
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            ArgumentList = { "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard" },
        };
        using Process git = Process.Start(start)!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        if (git.ExitCode != 0) throw new InvalidOperationException($"git ls-files ended with {git.ExitCode} in {Root}");
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Distinct()
            .Where(path => File.Exists(Path.Combine(Root, path)))
            .Order(StringComparer.Ordinal)];
    }

    private static SourceFile[] ReadFiles() =>
        [.. Paths
            .Where(path => new FileInfo(Path.Combine(Root, path)).Length <= LargestTextFile)
            .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Root, path))))
            .Where(file => !file.Text.Contains('\0'))];
}
