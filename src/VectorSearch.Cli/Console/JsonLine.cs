using System.Text.Json;

namespace VectorSearch.Cli;

/// <summary>The line of JSON that a measuring command ends with: scripts read its names, which are written_like_this.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>A report as one line.</summary>
    public static string Of<T>(T report) => JsonSerializer.Serialize(report, Form);
}
