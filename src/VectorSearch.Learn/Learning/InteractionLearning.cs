namespace VectorSearch.Learn;

/// <summary>What <see cref="InteractionLearning.Run"/> gives back.</summary>
/// <param name="Model">The final model with its card filled in.</param>
/// <param name="Report">Its figures on the test part.</param>
/// <param name="Popular">The figures of the most-popular baseline there.</param>
/// <param name="Dimension">Dimension of the vectors.</param>
/// <param name="Epochs">Epochs of the final training.</param>
/// <param name="Trail">What was tried on the validation part.</param>
public sealed record LearningOutcome(
    LearnedModel Model, RankingReport Report, RankingReport Popular, int Dimension, int Epochs, IReadOnlyList<Trial> Trail);

/// <summary>From interactions to a measured model: tune on a validation part, train, evaluate once on the test part.</summary>
public static class InteractionLearning
{
    /// <summary>Part of each user's training items held out to tune on when there is no validation file.</summary>
    public const double ValidationFraction = 0.1;

    /// <summary>Runs the whole.</summary>
    /// <param name="train">The training file.</param>
    /// <param name="valid">The validation file, read with the training vocabularies; null to hold out a part of train.</param>
    /// <param name="test">The test file, read with the training vocabularies.</param>
    /// <param name="request">What to learn.</param>
    /// <param name="progress">Told of every trial, epoch and evaluation.</param>
    /// <param name="cancellationToken">Stops within an epoch.</param>
    /// <exception cref="ArgumentException">A value of the request is out of range.</exception>
    /// <exception cref="DataLeakException">A test or validation interaction is in the training data.</exception>
    /// <exception cref="LearningException">Training diverged, or the memory foreseen is not there.</exception>
    public static LearningOutcome Run(
        InteractionDataset train, InteractionDataset? valid, InteractionDataset test, LearningRequest request,
        IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        InteractionMethod method = InteractionMethod.Of(request.Method);
        request.Validate(method);
        // Told before hours of training, not after.
        if (request.Features is { } known) FeatureMap.NamesOf(train.Items.Ids, known.Of);
        InteractionDataset final = valid is null || request.Protocol == LearningProtocol.Table ? train : train.Union(valid);
        DatasetSplit testSplit = DatasetSplit.Create(final, test, $"test file; {request.Protocol.ToString().ToLowerInvariant()} protocol");
        DatasetSplit validation = valid is null
            ? DatasetSplitter.RandomFraction(train, ValidationFraction, request.Seed)
            : DatasetSplit.Create(train, valid, "validation file");

        InteractionTuner tuner = new(method, validation, request, progress);
        int epochs = request.Epochs ?? method.DefaultEpochs;
        Trial chosen = Choose(method, tuner, request, epochs, cancellationToken);
        TrainingResult result = method.Train(new TrainingRun(final, chosen.Values, chosen.Dimension, epochs)
        {
            Checkpoint = Checkpoint.For(request, method, final, $"{chosen}", epochs, "final"),
            StopAfter = chosen.Epochs, Seed = request.Seed, Threads = request.Threads, Features = request.Features, Progress = progress, CancellationToken = cancellationToken,
        });
        LearnedModel model = request.Features is null ? result.Model : FeatureMap.AddTo(result.Model, request.Features);
        EvaluationOptions evaluation = request.Evaluation with { Seed = request.Seed, Threads = request.Threads };
        ModelQuestion question = model.Question(method.Question);
        RankingReport report = RankingEvaluator.Evaluate(new QuestionRanking(question, final), testSplit, evaluation, progress, cancellationToken);
        RankingReport popular = RankingEvaluator.Evaluate(
            new MostPopular(final), testSplit, evaluation with { BootstrapResamples = 0 }, null, cancellationToken);
        model.Card = model.Card.With(report) with
        {
            Split = testSplit.Description,
            Tuning = [$"validation: {validation.Description}", .. tuner.Trail.Select(trial => trial.ToString())],
        };
        return new LearningOutcome(model, report, popular, method.HasDimension ? chosen.Dimension : question.Dimension, chosen.Epochs, tuner.Trail);
    }

    private static Trial Choose(
        InteractionMethod method, InteractionTuner tuner, LearningRequest request, int epochs, CancellationToken cancellationToken)
    {
        int dimension = method.HasDimension ? request.Dimension ?? method.DefaultDimension : 0;
        if ((request.Trials ?? method.DefaultTrials) == 0 && !request.AutoDimension) return new Trial(tuner.Defaults(), dimension, epochs, double.NaN, double.NaN);
        Trial best = tuner.Tune(dimension, epochs, cancellationToken);
        return request.AutoDimension && method.HasDimension ? tuner.SweepDimensions(best, epochs, cancellationToken) : best;
    }
}
