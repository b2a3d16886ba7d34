using System.Globalization;
using System.Net;
using System.Text;

namespace VectorSearch.Cli.Map;

/// <summary>Puts panels into one self-contained file: HTML, or SVG when the file's name ends so.</summary>
internal static class MapPage
{
    private const string Fonts = "font-family=\"'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif\"";
    private const int LegendHeight = 40;

    public static void Write(string path, string title, string text, IReadOnlyList<SvgPanel> panels) => File.WriteAllText(
        path, path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) ? ToSvg(title, panels) : ToHtml(title, text, panels));

    private static string ToSvg(string title, IReadOnlyList<SvgPanel> panels)
    {
        StringBuilder svg = new();
        int height = LegendHeight + panels.Sum(panel => panel.Height);
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SvgPanel.Width} {height}\" width=\"{SvgPanel.Width}\" height=\"{height}\" {Fonts}>\n");
        svg.Append("<title>").Append(WebUtility.HtmlEncode(title)).Append("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        Legend(svg);
        int top = LegendHeight;
        foreach (SvgPanel panel in panels)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate(0 {top})\">\n{panel.Content}</g>\n");
            top += panel.Height;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string ToHtml(string title, string text, IReadOnlyList<SvgPanel> panels)
    {
        StringBuilder html = new();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>")
            .Append(WebUtility.HtmlEncode(title))
            .Append("</title>\n<style>body{font:15px/1.5 'Helvetica Neue',Helvetica,Arial,sans-serif;max-width:1160px;margin:24px auto;padding:0 20px;color:#222}svg{width:100%;height:auto;display:block;margin:0 0 28px}h1{font-size:24px}circle:hover{stroke:#000;stroke-width:1.5}</style></head>\n<body><h1>")
            .Append(WebUtility.HtmlEncode(title)).Append("</h1>\n<p>").Append(WebUtility.HtmlEncode(text)).Append("</p>\n");
        html.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {SvgPanel.Width} {LegendHeight}\" {Fonts}>\n");
        Legend(html);
        html.Append("</svg>\n");
        foreach (SvgPanel panel in panels)
            html.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {SvgPanel.Width} {panel.Height}\" {Fonts}>\n{panel.Content}</svg>\n");
        return html.Append("</body></html>\n").ToString();
    }

    private static void Legend(StringBuilder svg)
    {
        double x = 28;
        foreach ((string name, string colour) in GenrePalette.Legend)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x + 5:0.#}\" cy=\"20\" r=\"5\" fill=\"{colour}\"/><text x=\"{x + 14:0.#}\" y=\"24\" font-size=\"12\" fill=\"#333\">{WebUtility.HtmlEncode(name)}</text>\n");
            x += 28 + LabelPlacer.Width(name, 12);
        }
    }
}
