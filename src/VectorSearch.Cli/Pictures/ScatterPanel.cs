using System.Globalization;
using System.Net;
using System.Text;
using VectorSearch.Cli.Map;

namespace VectorSearch.Cli.Pictures;

/// <summary>Points of a <see cref="ScatterPicture"/> seen along one axis: an SVG group of its own.</summary>
internal static class ScatterPanel
{
    private const int Margin = 14, LabelSize = 12, LongestLabel = 32, MaxLabels = 120, MostNamedGroups = 20;

    /// <summary>Draws.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="across">Which coordinate goes to the right.</param>
    /// <param name="up">Which coordinate goes up.</param>
    /// <param name="field">Where to draw.</param>
    public static string Draw(ScatterPicture picture, int across, int up, Box field)
    {
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{N(field.Left)}\" y=\"{N(field.Top)}\" width=\"{N(field.Width)}\" height=\"{N(field.Height)}\" fill=\"#fcfcfa\" stroke=\"#ccc\"/>\n");
        (double low, double high) x = Range(picture, across), y = Range(picture, up);
        LabelPlacer placer = new(field, LabelSize);
        List<string> labels = [];
        foreach (ScatterPoint point in picture.Points)
        {
            (double left, double top) = (PixelX(point.Place[across]), PixelY(point.Place[up]));
            LabelPlace? place = point.Label is null || labels.Count >= MaxLabels ? null : placer.TryPlace(Short(point.Label), left, top);
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{N(left)}\" cy=\"{N(top)}\" r=\"{(place is null ? "2.6" : "3.6")}\" fill=\"{ScatterPicture.ColourOf(point.Group)}\" fill-opacity=\"{(point.Label is null ? "0.6" : place is null ? "0.35" : "1")}\"><title>{WebUtility.HtmlEncode(point.Title)}</title></circle>\n");
            if (place is { } found) labels.Add(Text(Short(point.Label!), found.X, found.Box.Bottom - (LabelSize * 0.28), LabelSize, "#222", found.Anchor));
        }

        foreach (string label in labels) svg.Append(label);
        if (picture.Groups.Count is > 1 and <= MostNamedGroups && picture.Points.All(point => point.Label is null)) NameGroups();
        return svg.ToString();

        void NameGroups()
        {
            LabelPlacer names = new(field, 15);
            foreach (IGrouping<int, ScatterPoint> group in picture.Points.GroupBy(point => point.Group).OrderBy(group => group.Key))
            {
                double middleX = Median(group, across), middleY = Median(group, up);
                LabelPlace? place = names.TryPlace(picture.Groups[group.Key], PixelX(middleX), PixelY(middleY));
                if (place is { } found) svg.Append(Text(picture.Groups[group.Key], found.X, found.Box.Bottom - 4, 15, ScatterPicture.ColourOf(group.Key), found.Anchor, 700));
            }
        }

        double PixelX(double value) => field.Left + Margin + ((value - x.low) / (x.high - x.low) * (field.Width - (2 * Margin)));

        double PixelY(double value) => field.Bottom - Margin - ((value - y.low) / (y.high - y.low) * (field.Height - (2 * Margin)));
    }

    private static double Median(IEnumerable<ScatterPoint> points, int axis)
    {
        double[] values = [.. points.Select(point => point.Place[axis]).Order()];
        return values[values.Length / 2];
    }

    private static (double Low, double High) Range(ScatterPicture picture, int axis)
    {
        double low = picture.Points.Min(point => point.Place[axis]), high = picture.Points.Max(point => point.Place[axis]);
        return high > low ? (low, high) : (low - 1, high + 1);
    }

    private static string Text(string text, double x, double y, double size, string colour, string anchor, int weight = 400) => string.Create(
        CultureInfo.InvariantCulture,
        $"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" fill=\"{colour}\" text-anchor=\"{anchor}\" font-weight=\"{weight}\" paint-order=\"stroke\" stroke=\"#fcfcfa\" stroke-width=\"3\" stroke-linejoin=\"round\">{WebUtility.HtmlEncode(text)}</text>\n");

    private static string Short(string label) => label.Length <= LongestLabel ? label : label[..(LongestLabel - 1)].TrimEnd() + "…";

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
