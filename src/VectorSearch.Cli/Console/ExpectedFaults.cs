using VectorSearch.Client;
using VectorSearch.Collections;
using VectorSearch.Learn;
using VectorSearch.Numerics.Formats;
using VectorSearch.Server;

namespace VectorSearch.Cli;

/// <summary>The one table of faults that a user can put right, with the words they are told.</summary>
internal static class ExpectedFaults
{
    /// <summary>What to tell the user; null if the fault is not an expected one.</summary>
    public static string? Describe(Exception fault) => fault switch
    {
        CliException or ServerConfigurationException or VectorSearchException => fault.Message,
        DataFormatException or DataLeakException or LearningException or ModelFileException or VectorFormatException => fault.Message,
        VectorSearchClientException => fault.Message,
        IOException io when IsDiskFull(io) => $"The disk is full: {io.Message} Free some space and run the command again; what was acknowledged is safe.",
        FileNotFoundException missing => $"{missing.Message} Check the path.",
        IOException or UnauthorizedAccessException => fault.Message,
        AggregateException { InnerExceptions: [var first, ..] } => Describe(first),
        _ => null,
    };

    private const int NoSpaceLeft = 28;

    private static bool IsDiskFull(IOException io) => (io.HResult & 0xFFFF) == NoSpaceLeft || io.Message.Contains("No space left", StringComparison.Ordinal);
}
