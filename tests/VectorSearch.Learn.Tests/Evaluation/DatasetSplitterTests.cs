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

    [Theory]
    [InlineData(true, 1000)]
    [InlineData(false, 1000)]
    [InlineData(true, 50)]
    [InlineData(false, 50)]
    public void One_item_of_some_users_is_held_out_and_none_that_a_model_would_not_know(bool withTimes, int users)
    {
        InteractionDatasetBuilder builder = new();
        for (int user = 0; user < 120; user++)
        {
            for (int item = 0; item < 4; item++)
            {
                // Last in time stands what nobody else watched.
                int which = item == 3 ? 20 + user : (user + item) % 20;
                if (withTimes) builder.Add(user, which, time: item);
                else builder.Add(user, which);
            }
        }

        InteractionDataset data = builder.Build(Samples.Names("u", 120), Samples.Names("i", 140));
        DatasetSplit split = DatasetSplitter.OneOfSome(data, users, 3);

        Assert.Equal(data.InteractionCount, split.Train.InteractionCount + split.HeldOut.InteractionCount);
        Assert.Equal(users == 50 ? 40 : 120, split.HeldOut.InteractionCount);
        bool[] known = new bool[data.ItemCount];
        for (int user = 0; user < 120; user++)
        {
            foreach (int item in split.Train.ItemsOf(user)) known[item] = true;
            int[] held = split.HeldOut.ItemsOf(user).ToArray();
            if (users == 1000 && withTimes) Assert.Equal([(user + 2) % 20], held);
        }

        Assert.DoesNotContain(false, known);
    }

    [Fact]
    public void Only_what_was_watched_after_a_moment_is_held_out()
    {
        InteractionDataset data = Samples.Grouped();
        long[] times = [.. Enumerable.Range(0, data.UserCount).SelectMany(user => data.TimesOf(user).ToArray()).Order()];
        long moment = times[times.Length / 2];
        DatasetSplit split = DatasetSplitter.OneOfSome(data, 1000, 1, DateTimeOffset.FromUnixTimeSeconds(moment));
        Assert.InRange(split.HeldOut.InteractionCount, 1, data.UserCount);
        for (int user = 0; user < data.UserCount; user++) Assert.All(split.HeldOut.TimesOf(user).ToArray(), time => Assert.True(time > moment));
        Assert.Equal(0, DatasetSplitter.OneOfSome(data, 1000, 1, DateTimeOffset.FromUnixTimeSeconds(times[^1])).HeldOut.InteractionCount);
    }

    [Fact]
    public void The_only_item_of_a_user_is_not_held_out()
    {
        InteractionDatasetBuilder builder = new();
        for (int user = 0; user < 10; user++) builder.Add(user, 0);
        Assert.Equal(0, DatasetSplitter.OneOfSome(builder.Build(Samples.Names("u", 10), Samples.Names("i", 1)), 10, 1).HeldOut.InteractionCount);
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
