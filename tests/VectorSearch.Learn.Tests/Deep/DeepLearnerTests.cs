using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class DeepLearnerTests
{
    private static readonly InteractionDataset Data = Rebuild(Samples.Grouped(120, 80, 14), time => time * time * 100_000);
    private static readonly DeepOptions Options = new() { Dimension = 8, HiddenUnits = 16, Epochs = 3, BatchSize = 32, LearningRate = 0.03 };
    private static readonly DeepOptions Timed = Options with { Ages = true, LaterLabels = 0.5 };

    [Fact]
    public void A_history_is_encoded_from_the_file_to_the_bits_of_training()
    {
        using TempDirectory directory = new();
        DeepTrainer trainer = new(Data, Timed, Samples.GroupFeatures);
        trainer.Epoch(CancellationToken.None);
        ModelFile.Save(trainer.ToModel(), directory.Combine("a.model"));
        ModelQuestion question = ModelFile.Load(directory.Combine("a.model")).Question("history");
        float[] served = new float[9];

        for (int user = 0; user < Data.UserCount; user++)
        {
            int[] items = Data.ItemsOf(user).ToArray();
            float[] weights = [.. items.Select(item => 1 + (item % 3))];
            foreach (long[] times in new[] { Data.TimesOf(user).ToArray(), [] })
            {
                float[] trained = trainer.Network.Forward([new WatchedFilms(items, weights, times)])[..8];
                FixedLanes.TryNormalise(trained); // as under cosine
                FixedLanes.TryNormalise(trained); // beside the 1
                question.Encode(items, weights, served, times);
                Assert.Equal([.. trained, 1], served);
            }
        }

        Assert.Equal("history-network/2+popularity/1", question.Encoder.Kind);
    }

    [Fact]
    public void Features_times_and_weights_each_move_the_vector_of_a_history()
    {
        ModelQuestion question = DeepLearner.Train(Data, Timed, features: Samples.GroupFeatures).Model.Question("history");
        float[] plain = Encode(question, default, default);

        Assert.NotEqual(plain, Encode(question, [3, 1, 1, 1], default));
        Assert.NotEqual(plain, Encode(question, default, [0, 100_000, 200_000, 3_000_000]));
        Assert.Equal(plain, Encode(question, [1, 1, 1, 1], default));
        // Only ages matter, and of films that are all of one age none matters more.
        Assert.Equal(plain, Encode(question, default, [7, 7, 7, 7]));
        Assert.Equal(Encode(question, default, [0, 100, 200, 300]), Encode(question, default, [1_000_000, 1_000_100, 1_000_200, 1_000_300]));
    }

    [Fact]
    public void A_weight_draws_the_vector_towards_its_film()
    {
        ModelQuestion question = DeepLearner.Train(Data, Options with { Epochs = 20 }).Model.Question("history");
        // Films 4 and 5 are of two groups.
        float[] four = Encode([4], default), five = Encode([5], default), towardsFour = Encode([4, 5], [9, 1]), towardsFive = Encode([4, 5], [1, 9]);

        Assert.True(FixedLanes.Dot(towardsFour, four) > FixedLanes.Dot(towardsFive, four), TestSeed.Describe);
        Assert.True(FixedLanes.Dot(towardsFive, five) > FixedLanes.Dot(towardsFour, five), TestSeed.Describe);

        float[] Encode(int[] films, float[]? weights)
        {
            float[] vector = new float[question.Dimension];
            question.Encode(films, weights, vector);
            return vector;
        }
    }

    [Fact]
    public void Without_features_and_times_the_network_is_that_of_films_alone()
    {
        ItemFeatures ofOthers = new([("nobody", "genre:1")]);
        InteractionDataset untimed = Rebuild(Data, _ => null);
        LearnedModel plain = DeepLearner.Train(Data, Options).Model;

        Assert.Equal("history-network/1+popularity/1", plain.Question("history").Encoder.Kind);
        Assert.Equal(plain.Question("history").Space, DeepLearner.Train(Data, Options, features: ofOthers).Model.Question("history").Space);
        Assert.Equal(plain.Question("history").Space, DeepLearner.Train(untimed, Timed).Model.Question("history").Space);
        Assert.NotEqual(plain.Question("history").Space, DeepLearner.Train(Data, Timed).Model.Question("history").Space);
    }

    [Fact]
    public void Popularity_is_one_more_dimension_of_the_answer_and_no_part_of_likeness()
    {
        int[] counts = Data.ItemCounts();
        LearnedModel model = DeepLearner.Train(Data, Options with { Popularity = 0.75 }).Model, without = DeepLearner.Train(Data, Options with { Popularity = 0 }).Model;
        ModelQuestion history = model.Question("history"), similar = model.Question("similar");

        Assert.Equal((Metric.InnerProduct, 9), (history.Metric, history.Dimension));
        Assert.Equal((Metric.Cosine, 8), (similar.Metric, similar.Dimension));
        for (int item = 0; item < counts.Length; item++)
            Assert.Equal(counts[item] == 0 ? 0 : Options.Temperature * 0.75 * Math.Log(counts[item]), history.Items[item][^1], 4);
        Assert.Equal((Metric.Cosine, 8), (without.Question("history").Metric, without.Question("history").Dimension));
    }

    [Fact]
    public void A_tied_film_has_one_embedding_as_input_and_as_label()
    {
        DeepTrainer tied = new(Data, Options, null), apart = new(Data, Options with { Tied = false }, null);
        tied.Epoch(CancellationToken.None);

        Assert.Equal(apart.Parameters.Count - 1, tied.Parameters.Count);
        VectorTable input = tied.Network.Films.Table, items = tied.ToModel().Question("similar").Items;
        for (int film = 0; film < input.Rows; film++)
        {
            float[] unit = input[film].ToArray();
            FixedLanes.TryNormalise(unit);
            Assert.Equal(unit, items[film].ToArray());
        }
    }

    [Fact]
    public void The_audience_of_a_film_is_where_those_who_watched_it_are()
    {
        LearnedModel model = DeepLearner.Train(Data, Options with { Epochs = 20 }).Model;
        VectorTable audience = model.Question("audience").Items;

        // Films of one group have the same watchers.
        Assert.True(FixedLanes.Dot(audience[4], audience[0]) > FixedLanes.Dot(audience[4], audience[5]) + 0.2, TestSeed.Describe);
    }

    [Fact]
    public void Labels_that_come_later_teach_what_comes_next()
    {
        InteractionDataset chains = Chains();
        DeepOptions options = Options with { Epochs = 30 };

        double random = NextFound(DeepLearner.Train(chains, options).Model), later = NextFound(DeepLearner.Train(chains, options with { LaterLabels = 1 }).Model);

        Assert.True(later > random + 0.2, $"{later} against {random}; {TestSeed.Describe}");
    }

    [Fact]
    public void Ages_are_sorted_into_buckets_that_double()
    {
        Assert.Equal([0, 0, 1, 1, 2, 12, 20, 21, 21], new long[] { 0, 59, 60, 179, 180, 86_400 * 3, 86_400 * 365 * 3, 86_400 * 365 * 5, long.MaxValue }.Select(AgeWeights.BucketOf));
        Assert.Equal([1, 0, 0], AgeWeights.BucketsOf(new WatchedFilms([4, 5, 6], [], [100, 200, 160])));
        Assert.Equal([0, 0], AgeWeights.BucketsOf(new WatchedFilms([4, 5], [], [])));
    }

    private static float[] Encode(ModelQuestion question, ReadOnlySpan<float> weights, ReadOnlySpan<long> times)
    {
        float[] vector = new float[question.Dimension];
        question.Encode([1, 5, 10, 20], weights, vector, times);
        return vector;
    }

    private static InteractionDataset Rebuild(InteractionDataset data, Func<long, long?> time)
    {
        InteractionDatasetBuilder builder = new();
        for (int user = 0; user < data.UserCount; user++)
        {
            for (int n = 0; n < data.ItemsOf(user).Length; n++) builder.Add(user, data.ItemsOf(user)[n], null, time(data.TimesOf(user)[n]));
        }

        return builder.Build(data.Users, data.Items);
    }

    /// <summary>Everyone watches six neighbouring films of sixty in rising order.</summary>
    private static InteractionDataset Chains()
    {
        InteractionDatasetBuilder builder = new();
        for (int user = 0; user < 240; user++)
        {
            for (int n = 0; n < 6; n++) builder.Add(user, ((user % 60) + n) % 60, null, 1000 * n);
        }

        return builder.Build(Samples.Names("u", 240), Samples.Names("i", 60));
    }

    /// <summary>How often one of the three films after a history of three is nearer than the three before it.</summary>
    private static double NextFound(LearnedModel model)
    {
        ModelQuestion question = model.Question("history");
        float[] vector = new float[question.Dimension];
        int found = 0;
        for (int film = 0; film < 60; film++)
        {
            question.Encode([film, (film + 1) % 60, (film + 2) % 60], default, vector);
            float Near(int at) => FixedLanes.Dot(vector, question.Items[(at + 60) % 60]);
            if (Near(film + 3) + Near(film + 4) + Near(film + 5) > Near(film - 1) + Near(film - 2) + Near(film - 3)) found++;
        }

        return found / 60.0;
    }
}
