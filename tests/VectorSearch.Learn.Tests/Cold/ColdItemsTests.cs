namespace VectorSearch.Learn.Tests;

public sealed class ColdItemsTests
{
    // Samples.Grouped: users of group g like items whose number is g modulo 4.
    private static readonly InteractionDataset Data = Samples.Grouped(300, 400, 24);

    [Fact]
    public void Items_nobody_watched_are_found_by_features_that_follow_taste()
    {
        ColdItemReport report = ColdItems.Measure(Data, Group, new IalsOptions { Dimension = 8, Epochs = 6, UnobservedWeight = 0.1 });

        Assert.True(report.Learned > 1.8 * report.Chance, $"{report}");
        Assert.Equal(40, report.Items);
    }

    [Fact]
    public void Features_that_say_nothing_help_nothing()
    {
        ColdItemReport report = ColdItems.Measure(Data, id => [$"n{Number(id) / 4 % 3}"], new IalsOptions { Dimension = 8, Epochs = 6, UnobservedWeight = 0.1 });

        Assert.True(report.Learned < 1.5 * report.Chance, $"{report}");
    }

    [Fact]
    public void An_item_is_placed_among_those_with_its_features_and_unknown_features_are_left_out()
    {
        VectorTable vectors = VectorTable.Of([[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]]);
        FeatureMap map = FeatureMap.Fit(Samples.Names("i", 5), vectors, id => Number(id) < 2 ? ["a"] : Number(id) < 4 ? ["b"] : ["never seen"], ridge: 0.001);
        float[] place = new float[2];

        Assert.Equal(2, map.Count);
        Assert.Equal(1, map.Place(["a", "never seen"], place));
        Assert.Equal(1, place[0], 2);
        Assert.Equal(0, place[1], 2);
        Assert.Equal(0, map.Place(["never seen"], place));
        Assert.Equal([0, 0], place);
        Assert.Contains("0 features", Assert.Throws<ArgumentException>(() => FeatureMap.Fit(Samples.Names("i", 5), vectors, _ => [])).Message, StringComparison.Ordinal);
    }

    private static string[] Group(string id) => [$"g{Number(id) % 4}", "all"];

    private static int Number(string id) => int.Parse(id.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
}
