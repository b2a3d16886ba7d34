using System.Globalization;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class CheckpointTests
{
    private static readonly DatasetSplit Test = DatasetSplitter.RandomFraction(Samples.Grouped(150, 60, 14), 0.25, 9);

    [Theory]
    [InlineData(LearningMethod.Ials, 1, "")]
    [InlineData(LearningMethod.Ials, 2, "block=3")]
    [InlineData(LearningMethod.Contrastive, 1, "")]
    [InlineData(LearningMethod.Graph, 1, "")]
    [InlineData(LearningMethod.Deep, 3, "")]
    [InlineData(LearningMethod.Deep, 2, "features ages=1 later-labels=0.5")]
    public void A_run_broken_off_again_and_again_ends_with_the_same_bits(LearningMethod method, int resumedThreads, string setting)
    {
        using TempDirectory directory = new();
        LearningRequest request = new()
        {
            Method = method, Dimension = 8, Trials = 2, Epochs = 8, Threads = 1, Evaluation = new EvaluationOptions { BootstrapResamples = 0 },
            Features = setting.Contains("features", StringComparison.Ordinal) ? Samples.GroupFeatures : null,
            Fixed = setting.Split(' ').Where(word => word.Contains('=', StringComparison.Ordinal)).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture)),
        };
        string expected = Digest(InteractionLearning.Run(Test.Train, null, Test.HeldOut, request), directory);

        LearningRequest broken = request with { Checkpoints = directory.Combine("checkpoints"), Threads = resumedThreads };
        LearningOutcome? outcome = null;
        int breaks = 0;
        while (outcome is null)
        {
            using CancellationTokenSource cancel = new();
            int epochs = 0;
            Recorder breakAfterFive = new(report =>
            {
                if (report.Stage == "train" && ++epochs == 5) cancel.Cancel();
            });
            try
            {
                outcome = InteractionLearning.Run(Test.Train, null, Test.HeldOut, broken, breakAfterFive, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                breaks++;
            }
        }

        Assert.True(breaks >= 2, $"broken off {breaks} times");
        Assert.Equal(expected, Digest(outcome, directory));
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_and_named()
    {
        using TempDirectory directory = new();
        string folder = directory.Combine("checkpoints");
        LearningRequest request = new() { Dimension = 4, Trials = 0, Epochs = 2, Checkpoints = folder };
        InteractionLearning.Run(Test.Train, null, Test.HeldOut, request);
        string state = Assert.Single(Directory.GetFiles(folder, "*.state"));
        byte[] bytes = File.ReadAllBytes(state);
        bytes[^100] ^= 1;
        File.WriteAllBytes(state, bytes);

        ModelFileException fault = Assert.Throws<ModelFileException>(() => InteractionLearning.Run(Test.Train, null, Test.HeldOut, request));

        Assert.Equal(state, fault.File);
    }

    private static string Digest(LearningOutcome outcome, TempDirectory directory) => ModelFile.Save(outcome.Model, directory.Combine("a.model"));
}
