using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

/// <summary>The layers and losses that <see cref="HistoryNetworkTests"/> does not pass through, against finite differences.</summary>
public sealed class LayerGradientTests
{
    private const int Outputs = 5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weighted_bags_numbers_and_rectified_layers_carry_back_the_slope(bool linear)
    {
        // Always the same weights: with some a rectifier bends within a step, where a difference is no slope.
        FeatureNetwork network = FeatureNetwork.Create(new FeatureNetworkShape(8, 6, 2, [7], Outputs, linear), 0.5, seed: 5, 2);
        foreach (Parameter parameter in network.Parameters) parameter.Initialise(5, 41, 0.5);
        FeatureBag[] bags = [new([0, 3], [1, 0.5f]), new([7], [2]), new([], []), new([3, 1, 2], [0.3f, 1, 1])];
        float[] numbers = [0.5f, -1, 2, 0.1f, -0.3f, 0.7f, 1, 1], direction = Direction(bags.Length, Outputs);

        network.Forward(bags, numbers);
        network.Backward([.. direction]);

        foreach (Parameter parameter in network.Parameters) CheckSlopes(parameter, () => Along(network.Forward(bags, numbers), direction));
    }

    [Fact]
    public void An_embedding_bag_carries_back_the_slope()
    {
        Parameter table = new Parameter("table", 9, 6, sparse: true).Initialise(TestSeed.Value, 42, 0.5);
        EmbeddingBag bag = new(table, 2);
        int[][] examples = [[0, 3, 8], [], [3], [1, 2, 3, 4]];
        float[] direction = Direction(examples.Length, 6), values = new float[examples.Length * table.Stride];

        bag.Backward(examples, direction);

        CheckSlopes(table, () =>
        {
            bag.Forward(examples, values);
            return Along(values, direction);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_graph_convolution_is_its_own_adjoint_so_the_same_map_carries_gradients_back(int layers)
    {
        InteractionDataset data = Samples.Grouped(30, 20, 6);
        Parameter[] x = Sides(43), y = Sides(44);
        GraphConvolution graph = new(data, layers, x[0].Stride, 2);

        double forth = Along(Apply(x), y), back = Along(Apply(y), x);

        Assert.Equal(forth, back, 1e-4 * Math.Max(1, Math.Abs(forth)));

        Parameter[] Sides(ulong salt) => [new Parameter("users", 30, 6, false).Initialise(TestSeed.Value, salt, 1), new Parameter("items", 20, 6, false).Initialise(TestSeed.Value, salt + 10, 1)];

        float[][] Apply(Parameter[] sides)
        {
            float[][] mapped = [new float[sides[0].Value.Length], new float[sides[1].Value.Length]];
            graph.Apply(sides[0].Value, sides[1].Value, mapped[0], mapped[1]);
            return mapped;
        }

        static double Along(float[][] mapped, Parameter[] other) =>
            LayerGradientTests.Along(mapped[0], other[0].Value) + LayerGradientTests.Along(mapped[1], other[1].Value);
    }

    [Theory]
    [InlineData(ClassificationLoss.Softmax)]
    [InlineData(ClassificationLoss.OneVersusAll)]
    public void The_losses_of_a_classification_head_carry_back_the_slope(ClassificationLoss loss)
    {
        Parameter logits = new Parameter("logits", 1, 6, false).Initialise(TestSeed.Value, 45, 1);
        logits.Table[0].CopyTo(logits.Gradient);
        ClassificationLosses.ToErrors(logits.Gradient.AsSpan(0, 6), 2, loss);

        CheckSlopes(logits, () => ClassificationLosses.ToErrors(logits.Table[0].ToArray(), 2, loss));
    }

    private static void CheckSlopes(Parameter parameter, Func<double> value)
    {
        const float Step = 1e-3f;
        for (int row = 0; row < parameter.Rows; row++)
        {
            for (int column = 0; column < parameter.Columns; column++)
            {
                int at = (row * parameter.Stride) + column;
                float kept = parameter.Value[at];
                parameter.Value[at] = kept + Step;
                double up = value();
                parameter.Value[at] = kept - Step;
                double down = value();
                parameter.Value[at] = kept;
                double slope = (up - down) / (2 * Step);
                Assert.True(Math.Abs(slope - parameter.Gradient[at]) < 1e-2 * Math.Max(1, Math.Abs(slope)), $"{parameter.Name}[{row}, {column}]: {parameter.Gradient[at]}, by differences {slope}; {TestSeed.Describe}");
            }
        }
    }

    private static double Along(float[] values, float[] direction) => values.Zip(direction, (value, factor) => (double)value * factor).Sum();

    private static float[] Direction(int rows, int columns) => new Parameter("direction", rows, columns, false).Initialise(TestSeed.Value, 46, 1).Value;
}
