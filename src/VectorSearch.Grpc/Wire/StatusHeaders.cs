using System.Globalization;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>The three headers that carry a status.</summary>
internal static class StatusHeaders
{
    internal const string Code = "grpc-status";
    internal const string Message = "grpc-message";
    internal const string Details = "grpc-status-details-bin";

    private static readonly string[] CodeTexts =
        [.. Enum.GetValues<GrpcStatusCode>().Select(code => ((int)code).ToString(CultureInfo.InvariantCulture))];

    /// <summary>The code as the wire has it, without making a string.</summary>
    internal static string CodeText(GrpcStatusCode code) => CodeTexts[(int)code];

    /// <summary>Puts a status together from the headers' values.</summary>
    internal static GrpcStatus Parse(string code, string? message, string? details)
    {
        // A number that is not known yet is taken as Unknown, as the protocol says.
        GrpcStatusCode known = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < CodeTexts.Length
            ? (GrpcStatusCode)number
            : GrpcStatusCode.Unknown;
        var status = new GrpcStatus(known, PercentCodec.Decode(message ?? ""));
        if (string.IsNullOrEmpty(details)) return status;
        try
        {
            return status with { Details = ByteString.CopyFrom(BinaryHeader.Decode(details)) };
        }
        catch (FormatException)
        {
            // Damaged details must not hide the status that they explain.
            return status;
        }
    }
}
