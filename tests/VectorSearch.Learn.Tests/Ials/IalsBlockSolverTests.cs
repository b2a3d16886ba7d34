using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class IalsBlockSolverTests
{
    private static readonly InteractionDataset Data = Samples.Grouped();
    private static readonly IalsOptions Whole = new() { Dimension = 20, Epochs = 4, Seed = 11 };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    public void Sweeps_come_to_the_whole_solve_of_a_row(int block)
    {
        VectorTable items = IalsLearner.Train(Data, Whole).Question("history").Items;
        VectorTable solved = new(Data.UserCount, 20), swept = new(Data.UserCount, 20);
        double loss = IalsLearner.SolveRows(Data, items, solved, Whole, CancellationToken.None), before = double.PositiveInfinity, after = 0;

        for (int sweep = 0; sweep < 60; sweep++)
        {
            after = IalsLearner.UpdateRows(Data, items, swept, Whole with { Block = block }, CancellationToken.None);
            Assert.True(after <= before * (1 + 1e-5), $"sweep {sweep}: {after} after {before}; {TestSeed.Describe}");
            before = after;
        }

        Assert.Equal(loss, after, 1e-5 * loss);
        for (int user = 0; user < Data.UserCount; user++)
        {
            for (int i = 0; i < 20; i++) Assert.Equal(solved[user][i], swept[user][i], 1e-5);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void Training_by_blocks_comes_to_the_loss_of_whole_rows(int block)
    {
        double whole = LossAfter(Whole with { Epochs = 60 }), blocks = LossAfter(Whole with { Epochs = 60, Block = block });

        // The loss has many least points, which lie near each other.
        Assert.True(Math.Abs((blocks / whole) - 1) < 0.01, $"{blocks} against {whole}; {TestSeed.Describe}");
    }

    [Fact]
    public void The_model_is_the_same_to_the_bit_with_one_two_and_four_threads()
    {
        string[] spaces = [.. new[] { 1, 2, 4 }.Select(threads => IalsLearner.Train(Data, Whole with { Block = 8, Threads = threads }).Question("history").Space.ToString())];

        Assert.Equal(spaces[0], spaces[1]);
        Assert.Equal(spaces[0], spaces[2]);
    }

    [Fact]
    public void A_folded_in_user_gets_the_bits_that_training_gave()
    {
        LearnedModel model = IalsLearner.Train(Data, Whole with { Block = 8 });
        float[] vector = new float[20];

        for (int user = 0; user < Data.UserCount; user++)
        {
            model.Question("history").Encode(Data.ItemsOf(user), default, vector);
            Assert.Equal(model.Tables["users"][user].ToArray(), vector);
        }
    }

    [Fact]
    public void A_block_of_all_coordinates_is_the_whole_solve()
    {
        Assert.Equal(
            IalsLearner.Train(Data, Whole).Question("history").Space, IalsLearner.Train(Data, Whole with { Block = 20 }).Question("history").Space);
        Assert.Contains("Block is -1", Assert.Throws<ArgumentException>(() => IalsLearner.Train(Data, Whole with { Block = -1 })).Message, StringComparison.Ordinal);
    }

    /// <summary>The loss over users and the penalties of items, with users solved whole for the items learned.</summary>
    private static double LossAfter(IalsOptions options)
    {
        VectorTable items = IalsLearner.Train(Data, options).Question("history").Items, users = new(Data.UserCount, options.Dimension);
        double loss = IalsLearner.SolveRows(Data, items, users, options, CancellationToken.None);
        int[] counts = Data.ItemCounts();
        for (int item = 0; item < items.Rows; item++)
        {
            double ridge = IalsLearner.Ridge(counts[item], Data.UserCount, options.UnobservedWeight, options.Regularisation, options.RegularisationExponent);
            foreach (float value in items[item]) loss += ridge * value * value;
        }

        return loss;
    }
}
