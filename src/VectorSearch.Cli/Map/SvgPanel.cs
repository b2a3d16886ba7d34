using System.Globalization;
using System.Net;
using System.Text;

namespace VectorSearch.Cli.Map;

/// <summary>
/// One picture: films as dots, the better known ones with labels. Names of the ends of its axes and of its quadrants stand at the margin.
/// </summary>
internal sealed class SvgPanel
{
    /// <summary>Width of every panel.</summary>
    public const int Width = 1120;

    private const int Side = 28, Foot = 46, NoteLine = 18, LongestLabel = 42, LongestSlanted = 32;
    private const double LabelSize = 12, NameSize = 13.5;
    // What a label of the longest kind, slanted by 45°, takes of the line.
    private const double Slant = 190;

    private readonly StringBuilder _svg = new();
    private readonly Box _field;

    private SvgPanel(string title, IReadOnlyList<string> notes, int height)
    {
        int head = 46 + (NoteLine * notes.Count);
        Height = height + head + Foot;
        _field = new Box(Side, head, Width - (2 * Side), height);
        Text(title, Side, 28, 19, "#111", "start", 600);
        for (int n = 0; n < notes.Count; n++) Text(notes[n], Side, 50 + (NoteLine * n), 12.5, "#555", "start");
        Add($"<rect x=\"{N(_field.Left)}\" y=\"{N(_field.Top)}\" width=\"{N(_field.Width)}\" height=\"{N(_field.Height)}\" fill=\"#fcfcfa\" stroke=\"#ccc\"/>");
    }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The elements, without an svg element around them.</summary>
    public string Content => _svg.ToString();

    /// <summary>Films in the plane.</summary>
    /// <param name="title">Head line.</param>
    /// <param name="notes">What the picture is and how good, a line each.</param>
    /// <param name="films">The films with their places; the most watched are labelled first.</param>
    /// <param name="labels">Most labels.</param>
    /// <param name="axes">Names of left, right, bottom and top; null where the directions mean nothing.</param>
    public static SvgPanel Plane(string title, IReadOnlyList<string> notes, IReadOnlyList<MapFilm> films, int labels, AxisNames? axes)
    {
        SvgPanel panel = new(title, notes, 720);
        LabelPlacer placer = new(panel._field, LabelSize);
        if (axes is not null) panel.DrawAxes(axes, placer);
        panel.DrawFilms(films, labels, placer);
        return panel;
    }

    /// <summary>Films on a line: only the best known, with slanted labels above and below by turns.</summary>
    public static SvgPanel Line(string title, IReadOnlyList<string> notes, IReadOnlyList<MapFilm> films, int labels, string left, string right)
    {
        SvgPanel panel = new(title, notes, 380);
        double middle = panel._field.Top + (panel._field.Height / 2);
        panel.Add($"<line x1=\"{N(panel._field.Left + 12)}\" x2=\"{N(panel._field.Right - 12)}\" y1=\"{N(middle)}\" y2=\"{N(middle)}\" stroke=\"#888\" stroke-width=\"1.5\"/>");
        // A label slanted by 45° takes this much of the line.
        double apart = LabelSize * 1.7;
        List<double> above = [], below = [];
        foreach (MapFilm film in films.OrderByDescending(film => film.Watches).ThenBy(film => film.Title, StringComparer.Ordinal))
        {
            double x = panel._field.Left + 14 + (film.X * (panel._field.Width - 28 - Slant));
            List<double>? side = above.Count + below.Count >= labels ? null : Free(above) ? above : Free(below) ? below : null;
            panel.Dot(film, x, middle, side is null ? 2 : 4, side is null ? 0.35 : 1);
            if (side is null) continue;
            side.Add(x);
            bool up = ReferenceEquals(side, above);
            panel.Text(Short(film.Title, LongestSlanted), x + 3, up ? middle - 8 : middle + 15, LabelSize, "#222", "start", rotate: up ? -45 : 45);

            bool Free(List<double> taken) => taken.TrueForAll(other => Math.Abs(other - x) >= apart);
        }

        panel.Text("← " + left, Side, panel._field.Bottom + 22, NameSize, "#111", "start", 600);
        panel.Text(right + " →", Width - Side, panel._field.Bottom + 22, NameSize, "#111", "end", 600);
        return panel;
    }

    private void DrawAxes(AxisNames axes, LabelPlacer placer)
    {
        double x = _field.Left + (_field.Width / 2), y = _field.Top + (_field.Height / 2);
        Add($"<path d=\"M{N(x)} {N(_field.Top)}V{N(_field.Bottom)}M{N(_field.Left)} {N(y)}H{N(_field.Right)}\" stroke=\"#ddd\" stroke-dasharray=\"4 4\"/>");
        Text("← " + axes.Left, Side, _field.Bottom + 22, NameSize, "#111", "start", 600);
        Text(axes.Right + " →", Width - Side, _field.Bottom + 22, NameSize, "#111", "end", 600);
        Edge($"↑ {axes.Top}", x, _field.Top + 17, "middle");
        Edge($"↓ {axes.Bottom}", x, _field.Bottom - 8, "middle");
        Edge($"{axes.Left}, {axes.Top}", _field.Left + 8, _field.Top + 17, "start");
        Edge($"{axes.Right}, {axes.Top}", _field.Right - 8, _field.Top + 17, "end");
        Edge($"{axes.Left}, {axes.Bottom}", _field.Left + 8, _field.Bottom - 8, "start");
        Edge($"{axes.Right}, {axes.Bottom}", _field.Right - 8, _field.Bottom - 8, "end");

        void Edge(string name, double at, double baseline, string anchor)
        {
            bool axis = anchor == "middle";
            // Bold letters are wider.
            double width = 1.15 * LabelPlacer.Width(name, NameSize), left = anchor switch { "start" => at, "end" => at - width, _ => at - (width / 2) };
            placer.Reserve(new Box(left, baseline - 14, width, 19));
            Text(name, at, baseline, NameSize, axis ? "#111" : "#8a6d3b", anchor, 600);
        }
    }

    private void DrawFilms(IReadOnlyList<MapFilm> films, int labels, LabelPlacer placer)
    {
        List<(MapFilm Film, LabelPlace Place)> labelled = [];
        foreach (MapFilm film in films.OrderByDescending(film => film.Watches).ThenBy(film => film.Title, StringComparer.Ordinal))
        {
            LabelPlace? place = labelled.Count < labels ? placer.TryPlace(Short(film.Title), PixelX(film), PixelY(film)) : null;
            if (place is { } found) labelled.Add((film, found));
            else Dot(film, PixelX(film), PixelY(film), 2.4, 0.4);
        }

        foreach ((MapFilm film, LabelPlace place) in labelled)
        {
            Dot(film, PixelX(film), PixelY(film), 3.8, 1);
            // A pale edge keeps the letters readable over dots.
            Text(Short(film.Title), place.X, place.Box.Bottom - (LabelSize * 0.28), LabelSize, "#222", place.Anchor, halo: true);
        }
    }

    private void Dot(MapFilm film, double x, double y, double radius, double opacity) => Add(
        $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" fill=\"{GenrePalette.ColourOf(film.Genres)}\" fill-opacity=\"{N(opacity)}\"><title>" +
        Escape($"{film.Title}{(film.Year.Length > 0 ? $" ({film.Year})" : "")} · {string.Join(", ", film.Genres)} · {film.Watches} ratings") + "</title></circle>");

    private void Text(
        string text, double x, double y, double size, string colour, string anchor, int weight = 400, double rotate = 0, bool halo = false)
    {
        string turn = rotate == 0 ? "" : $" transform=\"rotate({N(rotate)} {N(x)} {N(y)})\"";
        string edge = halo ? " paint-order=\"stroke\" stroke=\"#fcfcfa\" stroke-width=\"3\" stroke-linejoin=\"round\"" : "";
        Add($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" fill=\"{colour}\" text-anchor=\"{anchor}\" font-weight=\"{weight}\"{turn}{edge}>{Escape(text)}</text>");
    }

    private double PixelX(MapFilm film) => _field.Left + 14 + (film.X * (_field.Width - 28));

    private double PixelY(MapFilm film) => _field.Bottom - 14 - (film.Y * (_field.Height - 28));

    private void Add(string element) => _svg.Append(element).Append('\n');

    private static string Short(string title, int longest = LongestLabel) => title.Length <= longest ? title : title[..(longest - 1)].TrimEnd() + "…";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}

/// <summary>What the ends of two axes are called.</summary>
internal sealed record AxisNames(string Left, string Right, string Bottom, string Top);
