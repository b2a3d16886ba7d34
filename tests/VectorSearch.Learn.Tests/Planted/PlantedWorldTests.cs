using System.Globalization;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class PlantedWorldTests
{
    private static readonly PlantedOptions Small = new() { Items = 2000, Users = 2000, Watches = 60_000, Seed = 5 };

    [Fact]
    public void The_same_seed_writes_the_same_files_and_as_many_watches_as_asked()
    {
        using TempDirectory directory = new();

        IReadOnlyDictionary<string, string> first = PlantedFiles.Write(Small, directory.Combine("a"));
        IReadOnlyDictionary<string, string> second = PlantedFiles.Write(Small, directory.Combine("b"));
        IReadOnlyDictionary<string, string> other = PlantedFiles.Write(Small with { Seed = 6 }, directory.Combine("c"));

        Assert.Equal(first, second);
        Assert.NotEqual(first[PlantedFiles.Train], other[PlantedFiles.Train]);
        InteractionDataset train = InteractionReader.Read(directory.Combine("a", PlantedFiles.Train));
        InteractionDataset test = InteractionReader.Read(directory.Combine("a", PlantedFiles.Test));
        Assert.Equal(Small.Watches, train.InteractionCount + test.InteractionCount);
        Assert.InRange(test.InteractionCount / (double)Small.Watches, 0.07, 0.1);
    }

    [Fact]
    public void Popularity_falls_as_zipf_has_it_and_lengths_are_log_normal()
    {
        PlantedWorld world = new(Small);
        int[] counts = new int[Small.Items], lengths = new int[Small.Users];
        for (int user = 0; user < Small.Users; user++)
        {
            int[] watched = world.Watches(user);
            Assert.Equal(watched.Length, watched.Distinct().Count());
            lengths[user] = watched.Length;
            foreach (int item in watched) counts[item]++;
        }

        Array.Sort(counts, (x, y) => y.CompareTo(x));
        Array.Sort(lengths);
        // A film can be watched once a user, so the very top is flatter than 1/rank.
        double[] tens = [.. Enumerable.Range(0, 2).Select(n => (double)counts.Skip(20 * (int)Math.Pow(10, n)).Take(10).Sum())];
        Assert.InRange(tens[0] / tens[1], 4, 14);
        Assert.InRange(lengths[Small.Users / 2] / lengths.Average(), 0.45, 0.75);
    }

    [Fact]
    public void A_model_of_the_planted_vectors_finds_every_neighbour_and_the_oracle_more_than_chance()
    {
        PlantedOptions options = Small with { Users = 4000, Watches = 160_000 };
        using TempDirectory directory = new();
        PlantedFiles.Write(options, directory.Path);
        InteractionDataset train = InteractionReader.Read(directory.Combine(PlantedFiles.Train));
        PlantedWorld world = new(options);
        VectorTable items = new(train.ItemCount, PlantedWorld.Rank);
        for (int row = 0; row < items.Rows; row++) world.Items[int.Parse(train.Items[row], CultureInfo.InvariantCulture)].CopyTo(items.Writable(row));
        ModelQuestion similar = new(
            "similar", QuestionKind.ItemToItem, Metric.Cosine, "none", "items", items, items.Rows, train.Items, new MeanOfItems(items));
        LearnedModel model = new("planted", train.Items, null, new Dictionary<string, VectorTable> { ["items"] = items }, [similar], new ModelCard());

        PlantedRecall recall = PlantedNeighbours.Measure(model, "similar", train, world.Items, world.Users);

        double chance = 10.0 / recall.Films;
        Assert.Equal(1, recall.Model);
        Assert.True(recall.Oracle > 15 * chance, $"oracle {recall.Oracle:f3}, chance {chance:f3}");
    }

    [Fact]
    public void One_watch_in_five_is_noise_and_the_others_suit_the_taste()
    {
        PlantedWorld world = new(Small);
        double sum = 0, wild = 0, count = 0;
        for (int user = 0; user < Small.Users; user++)
        {
            foreach (int item in world.Watches(user))
            {
                float cos = FixedLanes.Dot(world.Users[user], world.Items[item]);
                sum += cos;
                wild += cos < -0.1 ? 1 : 0;
                count++;
            }
        }

        // By noise alone a cosine below -0.1 comes 35 times in 100, by taste once in 100.
        Assert.InRange(wild / count, 0.2 * 0.25, (0.2 * 0.45) + 0.02);
        Assert.InRange(sum / count, 0.25, 0.5);
    }

    [Fact]
    public void Ials_finds_most_of_what_the_oracle_finds_and_more_by_audiences()
    {
        PlantedOptions options = Small with { Users = 4000, Watches = 160_000 };
        using TempDirectory directory = new();
        PlantedFiles.Write(options, directory.Path);
        InteractionDataset train = InteractionReader.Read(directory.Combine(PlantedFiles.Train));
        PlantedWorld world = new(options);

        // The products of weight and rows decide what the regularisation lets through: they are those of the full size.
        LearnedModel model = IalsLearner.Train(train, new IalsOptions { Dimension = 32, UnobservedWeight = 1000.0 / 4000, Regularisation = 0.01, Epochs = 8 });
        PlantedRecall similar = PlantedNeighbours.Measure(model, "similar", train, world.Items, world.Users);
        PlantedRecall audience = PlantedNeighbours.Measure(model, "audience", train, world.Items, world.Users);

        Assert.True(similar.Model > 0.5 * similar.Oracle, $"{similar.Model:f3} of the oracle's {similar.Oracle:f3}");
        Assert.True(audience.Model > 0.7 * audience.Oracle, $"{audience.Model:f3} of the oracle's {audience.Oracle:f3}");
    }

    [Fact]
    public void Every_held_out_film_is_in_the_training_part()
    {
        using TempDirectory directory = new();
        PlantedFiles.Write(Small with { Items = 6000, Users = 500, Watches = 10_000 }, directory.Path);
        InteractionDataset train = InteractionReader.Read(directory.Combine(PlantedFiles.Train));

        InteractionDataset test = InteractionReader.Read(
            directory.Combine(PlantedFiles.Test), new InteractionReadOptions { Users = train.Users, Items = train.Items, Unknown = UnknownIds.Refuse });

        Assert.Equal(10_000, train.InteractionCount + test.InteractionCount);
    }

    [Fact]
    public void Sizes_that_make_no_sense_are_all_named()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new PlantedOptions { Items = 1, Users = 0, TestFraction = 2 }.Validate());

        foreach (string part in new[] { "Items is 1", "Users is 0", "TestFraction is 2" }) Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }
}
