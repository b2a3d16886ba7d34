namespace VectorSearch.Cli.Map;

/// <summary>A rectangle in pixels, y downwards.</summary>
internal readonly record struct Box(double Left, double Top, double Width, double Height)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public bool Meets(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

    public bool Within(Box other) => Left >= other.Left && Right <= other.Right && Top >= other.Top && Bottom <= other.Bottom;
}

/// <summary>A place for a label: its rectangle, and the point and end of the text that lie by the dot.</summary>
internal readonly record struct LabelPlace(Box Box, double X, string Anchor);

/// <summary>
/// Finds places for labels so that none covers another, nor the dot of a labelled film: takes films by importance and tries
/// eight places around each dot (Imhof's order: right before left, above before below). What finds no place goes without.
/// </summary>
internal sealed class LabelPlacer(Box bounds, double size)
{
    private const double Gap = 5, Margin = 1.5, DotRadius = 4;

    private readonly List<Box> _taken = [];

    /// <summary>Keeps labels off a rectangle.</summary>
    public void Reserve(Box box) => _taken.Add(box);

    /// <summary>The place of a label by a dot, or null when there is none.</summary>
    public LabelPlace? TryPlace(string text, double x, double y)
    {
        Box dot = new(x - DotRadius, y - DotRadius, 2 * DotRadius, 2 * DotRadius);
        if (_taken.Exists(dot.Meets)) return null;
        double width = Width(text, size), height = size * 1.15;
        foreach ((double dx, double dy) in Places(width, height))
        {
            Box box = new(x + dx, y + dy, width, height), wide = new(box.Left - Margin, box.Top - Margin, width + (2 * Margin), height + (2 * Margin));
            if (!wide.Within(bounds) || _taken.Exists(wide.Meets)) continue;
            _taken.Add(wide);
            _taken.Add(dot);
            return dx > 0 ? new LabelPlace(box, box.Left, "start") : dx == -width / 2 ? new LabelPlace(box, x, "middle") : new LabelPlace(box, box.Right, "end");
        }

        return null;
    }

    /// <summary>Width of a text in a sans-serif face, rather too wide than too narrow.</summary>
    public static double Width(string text, double size) => size * text.Sum(letter => letter switch
    {
        'i' or 'j' or 'l' or 't' or 'f' or 'I' or '.' or ',' or ':' or ';' or '\'' or '!' or '|' or ' ' => 0.34,
        'r' or '(' or ')' or '-' or '"' => 0.38,
        'm' or 'w' or 'M' or 'W' or '@' or '…' => 0.9,
        >= 'A' and <= 'Z' or '&' => 0.73,
        _ => 0.61,
    });

    private static (double X, double Y)[] Places(double width, double height) =>
    [
        (Gap, -height / 2), (-Gap - width, -height / 2), (-width / 2, -Gap - height), (-width / 2, Gap),
        (Gap * 0.7, -Gap - (height * 0.7)), (Gap * 0.7, Gap - (height * 0.3)),
        (-(Gap * 0.7) - width, -Gap - (height * 0.7)), (-(Gap * 0.7) - width, Gap - (height * 0.3)),
    ];
}
