using System.Globalization;
using System.Net;
using System.Text;

namespace VectorSearch.Cli.Pictures;

/// <summary>A line of a <see cref="CurvePicture"/>.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Values">A value for each place along the axis.</param>
internal sealed record CurveLine(string Name, IReadOnlyList<double> Values);

/// <summary>Values by a count that grows by factors: a self-contained SVG, within a page where the name does not end in .svg.</summary>
/// <param name="Title">Head line.</param>
/// <param name="Notes">What it is, a line each.</param>
/// <param name="Across">What is counted.</param>
/// <param name="Counts">The counts, rising.</param>
/// <param name="Lines">The lines.</param>
internal sealed record CurvePicture(string Title, IReadOnlyList<string> Notes, string Across, IReadOnlyList<int> Counts, IReadOnlyList<CurveLine> Lines)
{
    private const int Width = 860, Height = 480, Left = 64, Right = 190, Bottom = 52;
    private const double Step = 0.1;

    public void Write(string path)
    {
        string svg = Draw();
        File.WriteAllText(path, path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)
            ? svg
            : $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{WebUtility.HtmlEncode(Title)}</title></head>\n<body>\n{svg}</body></html>\n");
    }

    private string Draw()
    {
        int head = 44 + (18 * Notes.Count);
        double[] all = [.. Lines.SelectMany(line => line.Values)];
        double low = Math.Floor(all.Min() / Step) * Step, high = Math.Ceiling(all.Max() / Step) * Step;
        if (high - low < Step) high = low + Step;
        double first = Math.Log(Counts[0]), last = Math.Log(Counts[^1]);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {head + Height}\" width=\"{Width}\" height=\"{head + Height}\" font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        svg.Append(Text(Title, 24, 30, 19, "#111", "start"));
        for (int n = 0; n < Notes.Count; n++) svg.Append(Text(Notes[n], 24, 52 + (18 * n), 12.5, "#555", "start"));
        for (int tick = 0; low + (tick * Step) < high + (Step / 2); tick++)
        {
            double value = low + (tick * Step);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Down(value):0.#}H{Width - Right}\" stroke=\"#e4e4e0\"/>\n");
            svg.Append(Text(value.ToString("0.0", CultureInfo.InvariantCulture), Left - 8, Down(value) + 4, 12, "#555", "end"));
        }

        foreach (int count in Counts) svg.Append(Text(count.ToString(CultureInfo.InvariantCulture), AcrossOf(count), head + Height - Bottom + 20, 12, "#555", "middle"));
        svg.Append(Text(Across, (Left + Width - Right) / 2.0, head + Height - 10, 13, "#222", "middle"));
        double free = double.PositiveInfinity;
        // Names stand at the ends of their lines, from the lowest up, each clear of the one below.
        foreach ((CurveLine line, int group) in Lines.Select((line, n) => (line, n)).OrderBy(pair => pair.line.Values[^1]))
        {
            string colour = ScatterPicture.ColourOf(group);
            string points = string.Join(' ', line.Values.Select((value, n) => FormattableString.Invariant($"{AcrossOf(Counts[n]):0.#},{Down(value):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\n");
            for (int n = 0; n < Counts.Count; n++)
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{AcrossOf(Counts[n]):0.#}\" cy=\"{Down(line.Values[n]):0.#}\" r=\"4\" fill=\"{colour}\"><title>{Counts[n]}: {line.Values[n]:f3}</title></circle>\n");
            free = Math.Min(free - 17, Down(line.Values[^1]) + 4);
            svg.Append(Text(line.Name, Width - Right + 12, free, 13, colour, "start"));
        }

        return svg.Append("</svg>\n").ToString();

        double AcrossOf(int count) => Left + 12 + ((last > first ? (Math.Log(count) - first) / (last - first) : 0.5) * (Width - Left - Right - 24));

        double Down(double value) => head + Height - Bottom - ((value - low) / (high - low) * (Height - Bottom - 16));
    }

    private static string Text(string text, double x, double y, double size, string colour, string anchor) => string.Create(
        CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" font-size=\"{size:0.#}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>\n");
}
