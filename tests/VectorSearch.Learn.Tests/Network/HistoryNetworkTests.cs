using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class HistoryNetworkTests
{
    private static readonly int[][] Histories = [[0, 3, 4], [7], [], [3, 9, 1, 2]];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Gradients_of_every_layer_equal_finite_differences(int hidden)
    {
        DeepOptions options = new() { Dimension = 5, HiddenLayers = hidden, HiddenUnits = 18, Seed = TestSeed.Value };
        HistoryNetwork network = HistoryNetwork.Create(10, options);
        // Start values of the last layer are small on purpose; here all layers shall matter.
        foreach (Parameter parameter in network.Parameters) parameter.Initialise(TestSeed.Value, 99, 0.5);
        float[] direction = new Parameter("direction", Histories.Length, 5, false).Initialise(TestSeed.Value, 100, 1).Value;

        network.Forward(Histories);
        network.Backward(Histories, [.. direction]);

        foreach (Parameter parameter in network.Parameters)
        {
            for (int row = 0; row < parameter.Rows; row++) Check(parameter, (row * parameter.Stride) + (row % parameter.Columns));
        }

        void Check(Parameter parameter, int at)
        {
            const float Step = 1e-2f;
            float kept = parameter.Value[at];
            parameter.Value[at] = kept + Step;
            double up = Value();
            parameter.Value[at] = kept - Step;
            double down = Value();
            parameter.Value[at] = kept;
            Assert.Equal((up - down) / (2 * Step), parameter.Gradient[at], 5e-3);
        }

        double Value() => network.Forward(Histories).Zip(direction, (value, factor) => (double)value * factor).Sum();
    }

    [Fact]
    public void A_batch_of_one_and_a_batch_of_many_agree_to_the_bit()
    {
        HistoryNetwork network = HistoryNetwork.Create(10, new DeepOptions { Dimension = 5, HiddenUnits = 7, Threads = 3 });
        float[] many = [.. network.Forward(Histories)];

        for (int n = 0; n < Histories.Length; n++)
        {
            float[] one = network.Forward([Histories[n]]);
            Assert.Equal(many.AsSpan(n * one.Length, one.Length).ToArray(), one);
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

    private sealed class NoState : ITrainerState
    {
        public IReadOnlyList<Parameter> Parameters => [];

        public long[] Counters { get; set; } = [];
    }
}
