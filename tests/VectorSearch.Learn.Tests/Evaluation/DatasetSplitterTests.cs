namespace VectorSearch.Learn.Tests;

public sealed class DatasetSplitterTests
{
    [Fact]
    public void A_random_split_holds_out_the_fraction_of_each_user_and_repeats_with_its_seed()
    {
        InteractionDataset data = Samples.Grouped();

        DatasetSplit split = DatasetSplitter.RandomFraction(data, 0.2, 7);
        DatasetSplit again = DatasetSplitter.RandomFraction(data, 0.2, 7);
        DatasetSplit other = DatasetSplitter.RandomFraction(data, 0.2, 8);

        for (int user = 0; user < data.UserCount; user++)
        {
            int count = data.ItemsOf(user).Length;
            Assert.Equal((int)Math.Round(0.2 * count, MidpointRounding.AwayFromZero), split.HeldOut.ItemsOf(user).Length);
            Assert.Equal(data.ItemsOf(user).ToArray(), split.Train.ItemsOf(user).ToArray().Concat(split.HeldOut.ItemsOf(user).ToArray()).Order());
        }

        Assert.Equal(split.Train.ContentHash(), again.Train.ContentHash());
        Assert.NotEqual(split.Train.ContentHash(), other.Train.ContentHash());
    }

    [Fact]
    public void Leave_last_holds_out_the_latest()
    {
        InteractionDataset data = Samples.Grouped();

        DatasetSplit split = DatasetSplitter.LeaveLast(data, 2);

        for (int user = 0; user < data.UserCount; user++)
        {
            Assert.Equal(2, split.HeldOut.ItemsOf(user).Length);
            Assert.True(split.HeldOut.TimesOf(user).ToArray().Min() >= split.Train.TimesOf(user).ToArray().Max());
        }
    }

    [Fact]
    public void A_split_by_time_holds_out_everything_after_one_moment()
    {
        DatasetSplit split = DatasetSplitter.TimeOrdered(Samples.Grouped(), 0.25);

        long first = long.MaxValue, last = long.MinValue;
        for (int user = 0; user < split.Train.UserCount; user++)
        {
            foreach (long time in split.HeldOut.TimesOf(user)) first = Math.Min(first, time);
            foreach (long time in split.Train.TimesOf(user)) last = Math.Max(last, time);
        }

        Assert.True(last < first);
        Assert.InRange((double)split.HeldOut.InteractionCount / (split.HeldOut.InteractionCount + split.Train.InteractionCount), 0.15, 0.4);
    }

    [Fact]
    public void A_leak_is_refused_and_named()
    {
        InteractionDataset data = Samples.Grouped();

        DataLeakException fault = Assert.Throws<DataLeakException>(() => DatasetSplit.Create(data, data, "none"));

        Assert.Contains($"{data.InteractionCount} interactions", fault.Message, StringComparison.Ordinal);
        Assert.Contains("user 'u0'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_that_number_items_differently_are_refused()
    {
        InteractionDatasetBuilder builder = new();
        builder.Add(0, 0);
        InteractionDataset other = builder.Build(Samples.Names("u", 120), Samples.Names("other", 80));

        Assert.Throws<ArgumentException>(() => DatasetSplit.Create(Samples.Grouped(), other, ""));
    }
}
