using System.CommandLine;
using VectorSearch.Cli.LearnDigits;
using VectorSearch.Cli.LearnJoint;
using VectorSearch.Cli.LearnMetric;
using VectorSearch.Cli.LearnRegression;
using VectorSearch.Cli.LearnText;

namespace VectorSearch.Cli.Learn;

/// <summary><c>vectorsearch learn …</c>: models from the user's own data.</summary>
internal static class LearnCommand
{
    public static Command Create() => new("learn", "Learn embeddings from your own data, and measure them on data held out.")
    {
        LearnInteractionsCommand.Create(),
        LearnPlantedCommand.Create(),
        LearnColdCommand.Create(),
        LearnTextCommand.Create(),
        LearnDenseCommand.Create(),
        LearnAudioCommand.Create(),
        LearnDigitsCommand.Create(),
        LearnRegressionCommand.Create(),
        LearnJointCommand.Create(),
    };
}
