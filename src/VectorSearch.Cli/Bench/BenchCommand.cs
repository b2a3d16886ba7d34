using System.CommandLine;
using VectorSearch.Cli.Bench.Attacks;
using VectorSearch.Cli.Bench.Learning;
using VectorSearch.Cli.Bench.Rebuilding;
using VectorSearch.Cli.Bench.Serving;
using VectorSearch.Cli.Bench.Sharing;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench</c>: measures indexes on vector files, and servers under load.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Command command = new("bench", "Measure an index or a server on vector files (.fvecs/.ivecs, .fbin/.ibin, .npy).")
        {
            AnnCommand.Create(),
            FilterCommand.Create(),
            MixedCommand.Create(),
            ChurnCommand.Create(),
            OpenCommand.Create(),
            SnapshotCommand.Create(),
            ServerBenchCommand.Create(),
            RebuildBenchCommand.Create(),
            ShareBenchCommand.Create(),
            LearningBenchCommand.Create(),
            BareHandler.Create(),
            LocalBuild.Create(),
            AttacksCommand.Create(),
            AttacksCommand.CreateAttacker(),
        };
        return command;
    }
}
