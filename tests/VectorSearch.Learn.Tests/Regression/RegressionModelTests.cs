using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Regression;

public sealed class RegressionModelTests : IDisposable
{
    private static readonly RegressionOptions Options = new()
    {
        Dimension = 4, Members = 2, Hidden = 16, Epochs = 40, Batch = 16, LearningRate = 1e-2, Dropout = 0.1, Threads = 1,
        Features = new RegressionOptions().Features with { MinCount = 1, MinNgramTexts = 100 },
    };

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Words_numbers_names_and_places_each_move_the_prediction_as_they_move_the_price()
    {
        RegressionTable train = AdSamples.Make(400, salt: 1), test = AdSamples.Make(100, salt: 2);
        RegressionModel model = RegressionModel.Train(train, Options);
        RegressionReport report = RegressionReport.Of(test.Targets, model.Predict(test));
        double spread = RegressionReport.Of(test.Targets, [.. test.Targets.Select(_ => train.Targets.Average())]).Rmse;
        Assert.True(report.Rmse < 0.45 * spread, $"{report.Rmse} of {spread}; {TestSeed.Describe}");
        Assert.True(model.EffectOf("villa") > 0 && model.EffectOf("ruin") < 0, $"{model.EffectOf("villa")}, {model.EffectOf("ruin")}; {TestSeed.Describe}");
        Assert.Null(model.EffectOf("unheard"));
    }

    [Fact]
    public void Words_that_do_the_same_to_the_price_lie_together()
    {
        RegressionTable train = AdSamples.Make(400, salt: 3);
        WordEffects words = WordEffects.Of(RegressionModel.Train(train, Options), train);
        WordNeighbours villa = words.NeighboursOf("villa", 2)!;
        Assert.Equal(["palace", "terrace"], villa.Nearest.Select(pair => pair.Word.Word).Order());
        Assert.True(words.Grouping(2) > 0.5, $"{words.Grouping(2)}; {TestSeed.Describe}");
    }

    [Fact]
    public void One_seed_gives_one_model_at_any_number_of_threads_and_its_file_predicts_the_same_bits()
    {
        RegressionTable train = AdSamples.Make(80, salt: 4);
        string[] digests = [.. new[] { 1, 2, 4 }.Select(threads => Save(RegressionModel.Train(train, Options with { Threads = threads, Epochs = 3 }), $"{threads}"))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
        RegressionModel trained = RegressionModel.Train(train, Options with { Epochs = 3 });
        RegressionModel loaded = Assert.IsType<RegressionModel>(EncoderModelFile.Load(_folder.Combine("1")).Encoder);
        Assert.Equal(trained.Space, loaded.Space);
        Assert.Equal(trained.Predict(train), loaded.Predict(train));
        float[] before = new float[trained.Dimension], after = new float[trained.Dimension];
        Assert.True(trained.Encode("a villa with terrace", before));
        Assert.True(loaded.Encode("a villa with terrace", after));
        Assert.Equal(before, after);
        Assert.NotEqual(digests[0], Save(RegressionModel.Train(train, Options with { Epochs = 3, Seed = 2 }), "other"));
    }

    [Fact]
    public void A_missing_number_is_marked_and_not_taken_for_an_average_one()
    {
        RegressionTable train = AdSamples.Make(300, salt: 5);
        // The size is left out exactly where the price is high.
        double high = train.Targets.Order().ElementAt(200);
        RegressionTable gaps = train with { Numbers = [.. train.Numbers.Select((row, n) => train.Targets[n] > high ? [float.NaN, row[1], row[2]] : row)] };
        RegressionModel model = RegressionModel.Train(gaps, Options);
        RegressionTable one = gaps.Take([0]) with { Texts = ["house"] };
        double known = model.Predict(one with { Numbers = [[60, 48.1f, 11.5f]] })[0], missing = model.Predict(one with { Numbers = [[float.NaN, 48.1f, 11.5f]] })[0];
        Assert.True(missing > known, $"{missing} against {known}; {TestSeed.Describe}");
    }

    [Fact]
    public void A_ridge_regression_beside_the_members_helps_where_the_law_is_linear_and_has_no_part_where_it_is_not_asked_for()
    {
        RegressionTable train = Linear(AdSamples.Make(120, salt: 9)), test = Linear(AdSamples.Make(100, salt: 10));
        RegressionModel both = RegressionModel.Train(train, Options with { Epochs = 10 }), alone = RegressionModel.Train(train, Options with { Epochs = 10, Ridge = false });
        Assert.True(both.RidgeShare > 0.5, $"{both.RidgeShare}; {TestSeed.Describe}");
        Assert.Equal(0, alone.RidgeShare);
        double with = RegressionReport.Of(test.Targets, both.Predict(test)).Rmse, without = RegressionReport.Of(test.Targets, alone.Predict(test)).Rmse;
        Assert.True(with < without, $"{with} against {without}; {TestSeed.Describe}");

        static RegressionTable Linear(RegressionTable table) => table with { Targets = [.. table.Numbers.Select(row => row[0] / 20d)] };
    }

    [Fact]
    public void Ridge_regression_finds_a_linear_law_and_nearest_rows_a_local_one()
    {
        RegressionTable train = AdSamples.Make(200, salt: 6), test = AdSamples.Make(60, salt: 7);
        double spread = RegressionReport.Of(test.Targets, [.. test.Targets.Select(_ => train.Targets.Average())]).Rmse;
        double ridge = RegressionReport.Of(test.Targets, RidgeRegression.Predict(train, test, 0.2, bent: true, 1, 1, out _)).Rmse;
        Assert.True(ridge < 0.5 * spread, $"{ridge} of {spread}; {TestSeed.Describe}");
        (train, test) = (BySize(train), BySize(test));
        double nearest = RegressionReport.Of(test.Targets, NearestRows.Predict(train, test, 0.2, 1, out _)).Rmse;
        spread = RegressionReport.Of(test.Targets, [.. test.Targets.Select(_ => train.Targets.Average())]).Rmse;
        Assert.True(nearest < 0.75 * spread, $"{nearest} of {spread}; {TestSeed.Describe}");

        static RegressionTable BySize(RegressionTable table) => table with { Targets = [.. table.Numbers.Select(row => (double)row[0])] };
    }

    [Fact]
    public void The_interval_of_a_difference_excludes_zero_only_where_one_is_better()
    {
        Xoshiro256 random = new(TestSeed.Value, 8);
        double[] small = [.. Enumerable.Range(0, 300).Select(_ => 0.5 * random.NextNormal())], large = [.. Enumerable.Range(0, 300).Select(_ => (double)random.NextNormal())];
        ((double Low, double High) mae, (double Low, double High) rmse) = new RegressionReport(small).Against(new RegressionReport(large), 1);
        Assert.True(mae.High < 0 && rmse.High < 0, $"{mae}, {rmse}; {TestSeed.Describe}");
        ((double Low, double High) same, _) = new RegressionReport(small).Against(new RegressionReport([.. small.Select(error => -error)]), 1);
        Assert.Equal((0, 0), same);
    }

    private string Save(RegressionModel model, string name) => EncoderModelFile.Save(new EncoderModel(model, new ModelCard()), _folder.Combine(name));
}
