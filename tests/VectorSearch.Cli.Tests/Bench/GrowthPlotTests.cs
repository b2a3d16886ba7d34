using System.Globalization;
using System.Xml.Linq;
using VectorSearch.Cli.Bench.Learning;

namespace VectorSearch.Cli.Tests.Bench;

public sealed class GrowthPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly TrainingSetting Setting = new(32, 8, 1);

    [Fact]
    public void Every_method_has_a_line_through_all_its_sizes_in_both_panels()
    {
        TrainingCost[] costs =
        [
            new("ials", 10_000, 500_000, 2, 3, 100_000_000, 0.8), new("deep", 10_000, 500_000, 5, 5, 200_000_000, 0.8),
            new("ials", 100_000, 5_000_000, 20, 30, 400_000_000, 0.8), new("deep", 100_000, 5_000_000, 50, 50, 900_000_000, 0.8),
        ];

        XElement[] lines = [.. XDocument.Parse(GrowthPlot.Draw(costs, Setting)).Descendants(Svg + "polyline")];

        Assert.Equal(4, lines.Length);
        foreach (XElement line in lines)
        {
            double[][] points = [.. line.Attribute("points")!.Value.Split(' ').Select(point => point.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
            Assert.Equal(2, points.Length);
            Assert.True(points[0][0] < points[1][0], "more films lie further right");
            Assert.True(points[0][1] > points[1][1], "what costs more lies higher");
        }
    }

    [Fact]
    public void A_single_training_is_a_point_within_the_picture()
    {
        XDocument plot = XDocument.Parse(GrowthPlot.Draw([new TrainingCost("ials", 10_000, 500_000, 1, 1, 1_000_000_000, 0.8)], Setting));

        foreach (XElement point in plot.Descendants(Svg + "circle"))
        {
            Assert.InRange(double.Parse(point.Attribute("cx")!.Value, CultureInfo.InvariantCulture), 0, double.Parse(plot.Root!.Attribute("width")!.Value, CultureInfo.InvariantCulture));
            Assert.InRange(double.Parse(point.Attribute("cy")!.Value, CultureInfo.InvariantCulture), 0, double.Parse(plot.Root!.Attribute("height")!.Value, CultureInfo.InvariantCulture));
        }
    }
}
