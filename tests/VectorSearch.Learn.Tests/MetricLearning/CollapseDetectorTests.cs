namespace VectorSearch.Learn.Tests.MetricLearning;

public sealed class CollapseDetectorTests
{
    [Fact]
    public void Vectors_that_all_point_one_way_are_noticed_and_the_learning_rate_is_named()
    {
        CollapseDetector detector = new(3);
        for (int n = 1; n < 100; n++) detector.Add([n, 0.001f * n, 0]);
        LearningException fault = Assert.Throws<LearningException>(() => detector.EndEpoch(2, 0.5));
        Assert.Contains("collapsed in epoch 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("0.5", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_that_are_all_zero_are_noticed()
    {
        CollapseDetector detector = new(2);
        for (int n = 0; n < 10; n++) detector.Add([0, 0]);
        Assert.Throws<LearningException>(() => detector.EndEpoch(1, 1));
    }

    [Fact]
    public void Vectors_that_spread_are_left_alone_epoch_after_epoch()
    {
        CollapseDetector detector = new(2);
        for (int epoch = 1; epoch < 5; epoch++)
        {
            for (int n = 0; n < 50; n++) detector.Add(n % 2 == 0 ? [1, 0.1f] : [0.1f, 1]);
            detector.EndEpoch(epoch, 0.001);
        }
    }

    [Theory]
    [InlineData(MetricLoss.Triplet)]
    [InlineData(MetricLoss.SupervisedContrastive)]
    public void An_absurd_learning_rate_ends_with_a_clear_message(MetricLoss loss)
    {
        MetricLearningOptions options = new() { Dimension = 4, Hidden = [16], Epochs = 20, LearningRate = 1e20, Loss = loss, Threads = 1, Batch = 16 };
        LearningException fault = Assert.Throws<LearningException>(() => DenseEncoder.Train(Dense.DenseSamples.Clusters(60, 6, salt: 4), options));
        Assert.Contains("learning rate", fault.Message, StringComparison.Ordinal);
    }
}
