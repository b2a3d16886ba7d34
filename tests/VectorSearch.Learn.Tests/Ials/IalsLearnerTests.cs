namespace VectorSearch.Learn.Tests;

public sealed class IalsLearnerTests
{
    private static readonly IalsOptions Small = new() { Dimension = 10, Epochs = 4, Seed = 11 };

    [Fact]
    public void Films_of_the_shipped_sample_are_ranked_far_better_than_by_popularity()
    {
        InteractionDataset data = InteractionReader.Read(Samples.MovieLens("ratings.csv.gz"));
        DatasetSplit split = DatasetSplitter.RandomFraction(data, 0.2, 42);
        EvaluationOptions options = new() { BootstrapResamples = 0 };

        LearnedModel model = IalsLearner.Train(split.Train, IalsPresets.Films);
        RankingReport learned = RankingEvaluator.Evaluate(new QuestionRanking(model.Question("history"), split.Train), split, options);
        RankingReport popular = RankingEvaluator.Evaluate(new MostPopular(split.Train), split, options);

        Assert.True(learned["ndcg@20"] >= 1.5 * popular["ndcg@20"], $"{learned["ndcg@20"]:f4} against {popular["ndcg@20"]:f4}");
    }

    [Fact]
    public void The_model_is_the_same_to_the_bit_with_one_two_and_four_threads()
    {
        InteractionDataset data = Samples.Grouped();

        string[] spaces = [.. new[] { 1, 2, 4 }.Select(threads =>
            IalsLearner.Train(data, Small with { Threads = threads }).Question("history").Space.ToString())];

        Assert.Equal(spaces[0], spaces[1]);
        Assert.Equal(spaces[0], spaces[2]);
        Assert.NotEqual(spaces[0], IalsLearner.Train(data, Small with { Seed = 12 }).Question("history").Space.ToString());
    }

    [Fact]
    public void The_row_solve_equals_a_solve_in_double_precision()
    {
        InteractionDataset data = Samples.Grouped();
        LearnedModel model = IalsLearner.Train(data, Small);
        VectorTable items = model.Question("history").Items;

        for (int user = 0; user < 5; user++)
        {
            double[] expected = Reference(items, data.ItemsOf(user), Small);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], model.Tables["users"][user][i], 1e-5);
        }
    }

    [Fact]
    public void A_folded_in_user_gets_the_vector_that_training_would_give()
    {
        InteractionDataset data = Samples.Grouped();
        LearnedModel model = IalsLearner.Train(data, Small);
        float[] vector = new float[Small.Dimension];

        for (int user = 0; user < data.UserCount; user++)
        {
            model.Question("history").Encode(data.ItemsOf(user), default, vector);
            AssertNear(model.Tables["users"][user], vector);
        }
    }

    [Fact]
    public void A_folded_in_item_gets_the_vector_of_the_item_solve_and_moves_no_space()
    {
        InteractionDataset data = Samples.Grouped();
        LearnedModel model = IalsLearner.Train(data, Small);
        InteractionDataset byItem = data.Transpose();
        VectorTable solved = new(data.ItemCount, Small.Dimension);
        IalsLearner.SolveRows(byItem, model.Tables["users"], solved, Small, CancellationToken.None);

        LearnedModel grown = IalsModel.FoldInItem(model, "new", byItem.ItemsOf(17));

        AssertNear(solved[17], grown.Question("similar").Items[data.ItemCount]);
        Assert.Equal(model.Question("audience").Items[17], grown.Question("audience").Items[data.ItemCount]);
        Assert.Equal(model.Question("audience").Space, grown.Question("audience").Space);
        Assert.Equal("new", grown.Items[data.ItemCount]);
        Assert.Equal(model.Question("similar").Space, grown.Question("similar").Space);
        Assert.Equal(model.Question("history").Space, grown.Question("history").Space);
        Assert.NotEqual(grown.Question("similar").Space, grown.Question("history").Space);
    }

    [Fact]
    public void An_audience_counts_every_watcher_once_and_leaves_out_what_all_users_share()
    {
        InteractionDataset data = Samples.Grouped();
        LearnedModel model = IalsLearner.Train(data, Small);
        InteractionDataset byItem = data.Transpose();
        VectorTable audience = model.Question("audience").Items;
        double[][] users = [.. Enumerable.Range(0, data.UserCount).Select(user => Unit([.. model.Tables["users"][user].ToArray().Select(x => (double)x)]))];
        double[] common = Unit(Sum(users));

        for (int item = 0; item < data.ItemCount; item++)
        {
            double[] sum = Sum([.. byItem.ItemsOf(item).ToArray().Select(user => users[user])]);
            double shared = sum.Zip(common, (x, c) => x * c).Sum();
            double[] expected = Unit([.. sum.Zip(common, (x, c) => x - (shared * c))]);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], audience[item][i], 1e-4);
        }

        static double[] Sum(double[][] rows) => [.. Enumerable.Range(0, Small.Dimension).Select(i => rows.Sum(row => row[i]))];

        static double[] Unit(double[] x)
        {
            double norm = Math.Sqrt(x.Sum(v => v * v));
            return [.. x.Select(v => v / norm)];
        }
    }

    [Fact]
    public void The_loss_over_users_falls()
    {
        List<double> losses = [];

        IalsLearner.Train(Samples.Grouped(), Small, new Recorder(report => losses.Add(report.Loss!.Value)));

        Assert.Equal(4, losses.Count);
        Assert.True(losses[3] < losses[0]);
    }

    [Fact]
    public void Weights_of_a_history_count_as_repetitions_do()
    {
        LearnedModel model = IalsLearner.Train(Samples.Grouped(), Small);
        float[] one = new float[Small.Dimension], half = new float[Small.Dimension];

        model.Question("history").Encode([1, 5, 9], [1f, 1f, 1f], one);
        model.Question("history").Encode([1, 5, 9], default, half);

        Assert.Equal(one, half);
        Assert.Equal(2, model.Question("history").Encode(["i1", "nobody", "i5"], default, one));
        Assert.Throws<ArgumentException>(() => model.Question("history").Encode([1, 5], [1f, float.NaN], one));
        Assert.Throws<ArgumentException>(() => model.Question("history").Encode([80], default, one));
    }

    [Fact]
    public void Training_can_be_cancelled()
    {
        using CancellationTokenSource cancel = new();
        Assert.Throws<OperationCanceledException>(() => IalsLearner.Train(
            Samples.Grouped(), Small with { Threads = 1, Epochs = 1000 }, new Recorder(_ => cancel.Cancel()), cancel.Token));
    }

    [Fact]
    public void All_options_out_of_range_are_named_at_once()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => IalsLearner.Train(
            Samples.Grouped(), new IalsOptions { Dimension = 0, UnobservedWeight = double.NaN, Epochs = 0 }));

        foreach (string field in new[] { "Dimension is 0", "UnobservedWeight is NaN", "Epochs is 0" })
            Assert.Contains(field, fault.Message, StringComparison.Ordinal);
    }

    private static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i] - expected[i], -1e-5f, 1e-5f);
    }

    private static double[] Reference(VectorTable items, ReadOnlySpan<int> watched, IalsOptions options)
    {
        int d = options.Dimension;
        double[,] a = new double[d, d + 1];
        for (int row = 0; row < items.Rows; row++)
        {
            double weight = options.UnobservedWeight + (watched.BinarySearch(row) >= 0 ? 1 : 0);
            for (int i = 0; i < d; i++)
            {
                for (int j = 0; j < d; j++) a[i, j] += weight * items[row][i] * items[row][j];
                if (weight >= 1) a[i, d] += items[row][i];
            }
        }

        double ridge = options.Regularisation * (watched.Length + (options.UnobservedWeight * items.Rows));
        for (int i = 0; i < d; i++) a[i, i] += ridge;
        for (int p = 0; p < d; p++)
        {
            for (int i = 0; i < d; i++)
            {
                if (i == p) continue;
                double factor = a[i, p] / a[p, p];
                for (int j = p; j <= d; j++) a[i, j] -= factor * a[p, j];
            }
        }

        return [.. Enumerable.Range(0, d).Select(i => a[i, d] / a[i, i])];
    }
}
