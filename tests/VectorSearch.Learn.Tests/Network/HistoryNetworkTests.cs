using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class HistoryNetworkTests
{
    private static readonly Vocabulary Films = Samples.Names("i", 10);

    private static readonly WatchedFilms[] Plain = [Watched(0, 3, 4), Watched(7), Watched(), Watched(3, 9, 1, 2)];

    private static readonly WatchedFilms[] Featured =
    [
        Watched(0, 3, 4) with { Times = [1_000, 0, 900_000], Weights = [1, 2.5f, 0.5f] },
        Watched(7) with { Times = [5] },
        Watched(),
        Watched(3, 9, 1, 2) with { Times = [40_000, 0, 40_010, 39_000] },
        Watched(3, 4),
    ];

    // Film 9 has none.
    private static readonly ItemFeatures Features = new(Enumerable.Range(0, 9).SelectMany(film => new[] { ($"i{film}", $"genre:{film % 3}"), ($"i{film}", $"tag:{film / 2}") }));

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, false, false)]
    [InlineData(2, false, false)]
    [InlineData(1, true, false)]
    [InlineData(1, false, true)]
    [InlineData(2, true, true)]
    public void Gradients_of_every_layer_equal_finite_differences(int hidden, bool features, bool ages)
    {
        WatchedFilms[] histories = features || ages ? Featured : Plain;
        HistoryNetwork network = HistoryNetwork.Create(
            Films, features ? Features : null, ages, new DeepOptions { Dimension = 5, HiddenLayers = hidden, HiddenUnits = 18, Seed = TestSeed.Value });
        // Start values of the last layer are small on purpose; here all layers shall matter.
        foreach (Parameter parameter in network.Parameters) parameter.Initialise(TestSeed.Value, 99, parameter.Name == AgeWeights.Name ? 0.05 : 0.5);
        float[] direction = new Parameter("direction", histories.Length, 5, false).Initialise(TestSeed.Value, 100, 1).Value;

        network.Forward(histories);
        network.Backward([.. direction]);

        Assert.Equal(features, network.Parameters.Any(parameter => parameter.Name == "features"));
        foreach (Parameter parameter in network.Parameters)
        {
            for (int row = 0; row < parameter.Rows; row++)
            {
                if (parameter.Rows > 1) Check(parameter, (row * parameter.Stride) + (row % parameter.Columns), 1e-2f);
                else for (int column = 0; column < parameter.Columns; column++) Check(parameter, column, parameter.Name == AgeWeights.Name ? 1e-3f : 1e-2f);
            }
        }

        void Check(Parameter parameter, int at, float step)
        {
            float kept = parameter.Value[at];
            parameter.Value[at] = kept + step;
            double up = Value();
            parameter.Value[at] = kept - step;
            double down = Value();
            parameter.Value[at] = kept;
            double slope = (up - down) / (2 * step);
            Assert.True(Math.Abs(slope - parameter.Gradient[at]) < 5e-3 * Math.Max(1, Math.Abs(slope)), $"{parameter.Name}[{at}]: {parameter.Gradient[at]}, by differences {slope}; {TestSeed.Describe}");
        }

        double Value() => network.Forward(histories).Zip(direction, (value, factor) => (double)value * factor).Sum();
    }

    [Fact]
    public void A_batch_of_one_and_a_batch_of_many_agree_to_the_bit()
    {
        foreach ((WatchedFilms[] histories, bool featured) in new[] { (Plain, false), (Featured, true) })
        {
            HistoryNetwork network = HistoryNetwork.Create(Films, featured ? Features : null, featured, new DeepOptions { Dimension = 5, HiddenUnits = 7, Threads = 3 });
            float[] many = [.. network.Forward(histories)];

            for (int n = 0; n < histories.Length; n++)
            {
                float[] one = network.Forward([histories[n]]);
                Assert.Equal(many.AsSpan(n * one.Length, one.Length).ToArray(), one);
            }
        }
    }

    [Theory]
    [InlineData(OptimiserKind.Adam)]
    [InlineData(OptimiserKind.Adagrad)]
    public void Optimisers_move_touched_rows_only_and_find_the_least(OptimiserKind kind)
    {
        Parameter parameter = new Parameter("p", 6, 3, sparse: true).Initialise(TestSeed.Value, 1, 1);
        float[] untouched = parameter.Table[5].ToArray();
        Optimiser optimiser = new(kind, kind == OptimiserKind.Adam ? 0.05 : 0.5, 0, 2);
        parameter.Touch([0, 2]);
        for (int step = 0; step < 2000; step++)
        {
            // The gradient of ½(w − 2)².
            foreach (int row in new[] { 0, 2 })
            {
                for (int i = 0; i < 3; i++) parameter.Gradient[(row * parameter.Stride) + i] = parameter.Table[row][i] - 2;
            }

            optimiser.Step([parameter]);
        }

        Assert.Equal(untouched, parameter.Table[5].ToArray());
        foreach (int row in new[] { 0, 2 }) Assert.All(parameter.Table[row].ToArray(), value => Assert.Equal(2, value, 0.05));
    }

    [Fact]
    public void A_learning_rate_beyond_reason_is_named_when_the_loss_is_no_number()
    {
        EpochLoop loop = new(3, 1, 1, 123, null, null, CancellationToken.None);
        int epoch = 0;

        LearningException fault = Assert.Throws<LearningException>(() => loop.Run(
            new NoState(), _ => ++epoch == 2 ? double.NaN : 1, () => throw new InvalidOperationException("not asked for"), null, "history", 1, 1));

        Assert.Contains("learning rate 123", fault.Message, StringComparison.Ordinal);
        Assert.Contains("last good epoch was 1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_epoch_is_kept_though_later_ones_are_worse()
    {
        DatasetSplit split = DatasetSplitter.RandomFraction(Samples.Grouped(), 0.2, 3);
        ContrastiveOptions options = new() { Dimension = 8, Epochs = 40, EpochsPerLook = 1, Patience = 2, LearningRate = 0.1, Temperature = 0.05, BatchSize = 32 };
        List<double> looks = [];

        (LearnedModel model, int best) = ContrastiveLearner.Train(split.Train, options, split, new Recorder(report => looks.Add(report.Metric!.Value)));

        Assert.Equal(looks.Max(), looks[best - 1]);
        Assert.Equal(best + 2, looks.Count);
        RankingReport again = RankingEvaluator.Evaluate(
            new QuestionRanking(model.Question("user"), split.Train), split, new EvaluationOptions { BootstrapResamples = 0 });
        Assert.Equal(looks[best - 1], again["ndcg@20"]);
        (LearnedModel refit, _) = ContrastiveLearner.Train(split.Train, options with { StopAfter = best });
        Assert.Equal(model.Question("user").Space, refit.Question("user").Space);
    }

    private static WatchedFilms Watched(params int[] films) => new(films, [], []);

    private sealed class NoState : ITrainerState
    {
        public IReadOnlyList<Parameter> Parameters => [];

        public long[] Counters { get; set; } = [];
    }
}
