namespace VectorSearch.Cli.Pictures;

/// <summary>One point of a picture.</summary>
/// <param name="Place">Its coordinates, two or three.</param>
/// <param name="Group">Number of its group: the colour.</param>
/// <param name="Title">What is shown when the pointer rests on it.</param>
/// <param name="Label">What is written beside it where there is room; null for nothing.</param>
internal sealed record ScatterPoint(double[] Place, int Group, string Title, string? Label = null);

/// <summary>What a picture shows.</summary>
/// <param name="Title">Head line.</param>
/// <param name="Notes">What it is and how good, a line each.</param>
/// <param name="Groups">Names of the groups.</param>
/// <param name="Points">The points, those to be labelled first in front.</param>
internal sealed record ScatterPicture(string Title, IReadOnlyList<string> Notes, IReadOnlyList<string> Groups, IReadOnlyList<ScatterPoint> Points)
{
    /// <summary>Most points drawn; of more an even choice is taken.</summary>
    public const int MaxPoints = 2500;

    private static readonly string[] Colours =
    [
        "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#7a2048", "#8a8a00", "#444444", "#6a5acd", "#2e8b57", "#b8860b",
    ];

    /// <summary>The colour of a group.</summary>
    public static string ColourOf(int group) => Colours[group % Colours.Length];

    /// <summary>An even choice of at most <see cref="MaxPoints"/> of a number of rows.</summary>
    public static int[] Choose(int count) => [.. Enumerable.Range(0, Math.Min(count, MaxPoints)).Select(n => (int)((long)n * count / Math.Min(count, MaxPoints)))];
}
