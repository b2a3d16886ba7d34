using System.Globalization;
using System.Net;
using System.Text;
using VectorSearch.Cli.Map;

namespace VectorSearch.Cli.Pictures;

/// <summary>
/// Writes a <see cref="ScatterPicture"/> as one self-contained file: HTML, or SVG when the name ends so. Points of three
/// coordinates are seen from three sides; in HTML they can be turned with the pointer too.
/// </summary>
internal static class ScatterPage
{
    private const int Width = 1120, Height = 760, Side = 24, Legend = 34;
    private const string Fonts = "font-family=\"'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif\"";

    private const string Turn =
        """
        const c=document.getElementById('turn'),g=c.getContext('2d');let a=.7,b=.4,drag=null;
        function draw(){g.clearRect(0,0,c.width,c.height);const ca=Math.cos(a),sa=Math.sin(a),cb=Math.cos(b),sb=Math.sin(b),s=Math.min(c.width,c.height)*.42;
        const q=P.map(([x,y,z,k])=>{const u=ca*x+sa*z,w=-sa*x+ca*z;return[u,cb*y-sb*w,sb*y+cb*w,k]}).sort((m,n)=>m[2]-n[2]);
        for(const[x,y,z,k]of q){g.globalAlpha=.35+.3*(z+1);g.fillStyle=C[k];g.beginPath();g.arc(c.width/2+s*x,c.height/2-s*y,3+z,0,7);g.fill()}}
        c.onpointerdown=e=>{drag=[e.clientX,e.clientY];c.setPointerCapture(e.pointerId)};c.onpointerup=()=>drag=null;
        c.onpointermove=e=>{if(!drag)return;a+=(e.clientX-drag[0])/150;b+=(e.clientY-drag[1])/150;drag=[e.clientX,e.clientY];draw()};draw();
        """;

    /// <summary>Writes the file.</summary>
    public static void Write(string path, ScatterPicture picture)
    {
        bool svg = path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);
        File.WriteAllText(path, svg ? Drawing(picture, heading: true) : ToHtml(picture));
    }

    private static string Drawing(ScatterPicture picture, bool heading)
    {
        bool solid = picture.Points[0].Place.Length > 2;
        int head = heading ? 44 + (18 * picture.Notes.Count) : 0, side = (Width - (4 * Side)) / 3, field = solid ? side : Height;
        int height = head + Legend + field + Side;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" {Fonts}>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        if (heading)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Side}\" y=\"30\" font-size=\"19\" font-weight=\"600\" fill=\"#111\">{WebUtility.HtmlEncode(picture.Title)}</text>\n");
            for (int n = 0; n < picture.Notes.Count; n++)
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Side}\" y=\"{52 + (18 * n)}\" font-size=\"12.5\" fill=\"#555\">{WebUtility.HtmlEncode(picture.Notes[n])}</text>\n");
        }

        AppendLegend(svg, picture, head + 20);
        double top = head + Legend;
        if (!solid) svg.Append(ScatterPanel.Draw(picture, 0, 1, new Box(Side, top, Width - (2 * Side), field)));
        for (int n = 0; solid && n < 3; n++)
            svg.Append(ScatterPanel.Draw(picture, n == 2 ? 1 : 0, n == 0 ? 1 : 2, new Box(Side + (n * (side + Side)), top, side, field)));
        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendLegend(StringBuilder svg, ScatterPicture picture, double y)
    {
        double x = Side;
        for (int n = 0; n < picture.Groups.Count && x < Width - 60; n++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x + 5:0.#}\" cy=\"{y - 4:0.#}\" r=\"5\" fill=\"{ScatterPicture.ColourOf(n)}\"/><text x=\"{x + 14:0.#}\" y=\"{y:0.#}\" font-size=\"12\" fill=\"#333\">{WebUtility.HtmlEncode(picture.Groups[n])}</text>\n");
            x += 28 + LabelPlacer.Width(picture.Groups[n], 12);
        }
    }

    private static string ToHtml(ScatterPicture picture)
    {
        StringBuilder html = new();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>")
            .Append(WebUtility.HtmlEncode(picture.Title))
            .Append("</title>\n<style>body{font:15px/1.5 'Helvetica Neue',Helvetica,Arial,sans-serif;max-width:1160px;margin:24px auto;padding:0 20px;color:#222}svg{width:100%;height:auto}canvas{border:1px solid #ccc;background:#fcfcfa;touch-action:none;cursor:grab;max-width:100%}h1{font-size:24px}circle:hover{stroke:#000;stroke-width:1.5}</style></head>\n<body><h1>")
            .Append(WebUtility.HtmlEncode(picture.Title)).Append("</h1>\n");
        foreach (string note in picture.Notes) html.Append("<p>").Append(WebUtility.HtmlEncode(note)).Append("</p>\n");
        html.Append(Drawing(picture, heading: false));
        if (picture.Points[0].Place.Length > 2)
            html.Append("<p>Drag to turn.</p>\n<canvas id=\"turn\" width=\"900\" height=\"700\"></canvas>\n<script>\n").Append(Numbers(picture)).Append(Turn).Append("\n</script>\n");
        return html.Append("</body></html>\n").ToString();
    }

    /// <summary>Points within −1 … 1, with their group, and the colours.</summary>
    private static string Numbers(ScatterPicture picture)
    {
        (double Middle, double Half)[] ranges = [.. Enumerable.Range(0, 3).Select(axis =>
        {
            double low = picture.Points.Min(point => point.Place[axis]), high = picture.Points.Max(point => point.Place[axis]);
            return ((low + high) / 2, Math.Max(1e-9, (high - low) / 2));
        })];
        IEnumerable<string> points = picture.Points.Select(point => string.Create(
            CultureInfo.InvariantCulture, $"[{Unit(point, 0):0.###},{Unit(point, 1):0.###},{Unit(point, 2):0.###},{point.Group}]"));
        IEnumerable<string> colours = Enumerable.Range(0, picture.Groups.Count).Select(n => $"'{ScatterPicture.ColourOf(n)}'");
        return $"const P=[{string.Join(',', points)}],C=[{string.Join(',', colours)}];\n";

        double Unit(ScatterPoint point, int axis) => (point.Place[axis] - ranges[axis].Middle) / ranges[axis].Half;
    }
}
