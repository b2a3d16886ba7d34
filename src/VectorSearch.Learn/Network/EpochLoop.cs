using System.Diagnostics;

namespace VectorSearch.Learn;

/// <summary>
/// Epochs with early stopping: looks at a validation part now and then, keeps the model of the best look, and stops when
/// none has been better for a while.
/// </summary>
internal sealed class EpochLoop(
    int epochs, int epochsPerLook, int patience, double learningRate, Checkpoint? checkpoint, IProgress<LearnProgress>? progress,
    CancellationToken cancellationToken)
{
    private const int LookUsers = 10_000;

    /// <summary>Runs, from the checkpoint on where there is one.</summary>
    /// <param name="state">What a checkpoint holds of the trainer.</param>
    /// <param name="epoch">Trains one epoch and returns its loss.</param>
    /// <param name="toModel">Makes a model of the state as it is.</param>
    /// <param name="validation">Where to look; null trains all epochs.</param>
    /// <param name="question">The question whose NDCG@20 decides.</param>
    /// <param name="seed">Seed of the users looked at.</param>
    /// <param name="threads">Most threads.</param>
    public (LearnedModel Model, int BestEpoch) Run(
        ITrainerState state, Func<CancellationToken, double> epoch, Func<LearnedModel> toModel, DatasetSplit? validation, string question, ulong seed, int threads)
    {
        long started = Stopwatch.GetTimestamp();
        EvaluationOptions look = new() { Cutoffs = [20], SampleUsers = LookUsers, Seed = seed, BootstrapResamples = 0, Threads = threads };
        LearnedModel? best = null;
        double bestScore = double.NegativeInfinity;
        int bestEpoch = 0, worse = 0;
        int first = 1;
        if (checkpoint is not null && checkpoint.TryLoad(state, out CheckpointProgress reached))
        {
            (first, bestScore, bestEpoch, worse) = (reached.Epoch + 1, reached.BestScore, reached.BestEpoch, reached.Worse);
            best = bestEpoch > 0 ? checkpoint.LoadBest() : null;
        }

        for (int n = first; n <= epochs && worse < patience; n++)
        {
            double loss = epoch(cancellationToken);
            if (!double.IsFinite(loss))
            {
                throw new LearningException(
                    $"The loss of epoch {n} is {loss} at learning rate {learningRate}: lower the learning rate. The last good epoch was {n - 1}.");
            }

            double? score = null;
            if (validation is not null && (n % epochsPerLook == 0 || n == epochs))
            {
                LearnedModel model = toModel();
                score = RankingEvaluator.Evaluate(
                    new QuestionRanking(model.Question(question), validation.Train), validation, look, null, cancellationToken)["ndcg@20"];
                if (score > bestScore)
                {
                    (best, bestScore, bestEpoch, worse) = (model, score.Value, n, 0);
                    checkpoint?.SaveBest(model);
                }
                else
                {
                    worse++;
                }
            }

            progress?.Report(new LearnProgress("train", n, epochs, Stopwatch.GetElapsedTime(started), loss, score is null ? null : "ndcg@20", score));
            checkpoint?.Save(state, new CheckpointProgress(n, bestScore, bestEpoch, worse));
        }

        return best is null ? (toModel(), epochs) : (best, bestEpoch);
    }
}
