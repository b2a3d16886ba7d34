using System.Globalization;
using System.Text;

namespace VectorSearch.Cli.Bench.Learning;

/// <summary>Seconds of processor, which do not depend on what else the machine does, and gigabytes against films, both axes logarithmic, as an SVG of two panels.</summary>
internal static class GrowthPlot
{
    private const int PanelWidth = 420, PanelHeight = 300, Left = 70, Top = 60, Gap = 90, Right = 50, Foot = 60;

    private static readonly string[] Colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b"];

    public static string Draw(IReadOnlyList<TrainingCost> costs, TrainingSetting setting)
    {
        int width = (2 * PanelWidth) + Left + Gap + Right, height = PanelHeight + Top + Foot;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"Helvetica, Arial, sans-serif\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"26\" font-size=\"16\" font-weight=\"600\">Reading, {setting.Epochs} epochs with d = {setting.Dimension}, and evaluation; 50 watches a film</text>\n");
        AppendPanel(svg, Left, "seconds of processor", costs, cost => cost.CpuSeconds);
        AppendPanel(svg, Left + PanelWidth + Gap, "GB at most", costs, cost => cost.PeakBytes / 1e9);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendPanel(StringBuilder svg, int left, string title, IReadOnlyList<TrainingCost> costs, Func<TrainingCost, double> value)
    {
        (int Low, int High) x = Decades(costs.Select(cost => (double)cost.Items)), y = Decades(costs.Select(value));
        double X(double films) => left + (PanelWidth * (Math.Log10(films) - x.Low) / (x.High - x.Low));
        double Y(double amount) => Top + PanelHeight - (PanelHeight * (Math.Log10(amount) - y.Low) / (y.High - y.Low));
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{Top - 10}\" font-size=\"13\">{title}</text>\n");
        for (int power = x.Low; power <= x.High; power++)
            AppendGrid(svg, X(Math.Pow(10, power)), Top, X(Math.Pow(10, power)), Top + PanelHeight, Label(power), X(Math.Pow(10, power)), Top + PanelHeight + 18, "middle");
        for (int power = y.Low; power <= y.High; power++)
            AppendGrid(svg, left, Y(Math.Pow(10, power)), left + PanelWidth, Y(Math.Pow(10, power)), Label(power), left - 8, Y(Math.Pow(10, power)) + 4, "end");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left + (PanelWidth / 2)}\" y=\"{Top + PanelHeight + 40}\" font-size=\"13\" text-anchor=\"middle\">films</text>\n");
        int n = 0;
        foreach (IGrouping<string, TrainingCost> method in costs.GroupBy(cost => cost.Method))
        {
            string colour = Colours[n % Colours.Length];
            string line = string.Join(' ', method.Select(cost => string.Create(CultureInfo.InvariantCulture, $"{X(cost.Items):f1},{Y(value(cost)):f1}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
            foreach (TrainingCost cost in method)
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(cost.Items):f1}\" cy=\"{Y(value(cost)):f1}\" r=\"4\" fill=\"{colour}\"><title>{cost.Items:n0} films: {value(cost):g3} {title}</title></circle>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left + 12}\" y=\"{Top + 18 + (18 * n++)}\" font-size=\"13\" fill=\"{colour}\">{method.Key}</text>\n");
        }
    }

    private static void AppendGrid(StringBuilder svg, double x1, double y1, double x2, double y2, string label, double labelX, double labelY, string anchor)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:f1}\" y1=\"{y1:f1}\" x2=\"{x2:f1}\" y2=\"{y2:f1}\" stroke=\"#ddd\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{labelX:f1}\" y=\"{labelY:f1}\" font-size=\"12\" text-anchor=\"{anchor}\">{label}</text>\n");
    }

    /// <summary>Whole powers of ten around the values, at least one apart.</summary>
    private static (int Low, int High) Decades(IEnumerable<double> values)
    {
        double[] all = [.. values];
        int low = (int)Math.Floor(Math.Log10(all.Min()) + 1e-3), high = (int)Math.Ceiling(Math.Log10(all.Max()) - 1e-3);
        return (low, Math.Max(high, low + 1));
    }

    private static string Label(int power) => Math.Pow(10, power).ToString(power < 0 ? "g2" : "n0", CultureInfo.InvariantCulture);
}
