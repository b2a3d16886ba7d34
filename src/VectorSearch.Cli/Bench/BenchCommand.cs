using System.CommandLine;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench</c>: measures indexes on vector files, outside any server.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Command command = new("bench", "Measure an index on vector files (.fvecs/.ivecs, .fbin/.ibin, .npy).")
        {
            AnnCommand.Create(),
            FilterCommand.Create(),
            MixedCommand.Create(),
            ChurnCommand.Create(),
            OpenCommand.Create(),
        };
        return command;
    }
}
