namespace VectorSearch.Learn;

/// <summary>Accuracy on test texts by the number of training texts, with and without an embedding from another task: means over several draws.</summary>
/// <param name="Texts">Training texts.</param>
/// <param name="Scratch">Accuracy without it.</param>
/// <param name="Frozen">With its vectors as they are.</param>
/// <param name="FineTuned">With its vectors as start values.</param>
public sealed record TextLearningCurvePoint(int Texts, double Scratch, double Frozen, double FineTuned);

/// <summary>Shows what an embedding from another task is worth where data is scarce.</summary>
public static class TextLearningCurve
{
    /// <summary>Draws of so many training texts; of all of them there is one.</summary>
    public const int Draws = 5;

    /// <summary>Trains on ever more of the training texts, of every class in proportion, three ways on the same texts.</summary>
    /// <exception cref="ArgumentException">The request names no encoder to start from, or a size is out of range.</exception>
    public static IReadOnlyList<TextLearningCurvePoint> Run(
        LabelledTexts train, LabelledTexts test, TextLearningRequest request, IReadOnlyList<int> sizes, CancellationToken cancellationToken)
    {
        if (request.Start is null) throw new ArgumentException("A learning curve needs an embedding to start from.", nameof(request));
        foreach (int size in sizes)
        {
            if (size < train.Labels.Count || size > train.Count) throw new ArgumentException($"A size is {size}: expected {train.Labels.Count} to {train.Count}, the training texts.", nameof(sizes));
        }

        return [.. sizes.Order().Select(Point)];

        TextLearningCurvePoint Point(int size)
        {
            LabelledTexts[] parts = size == train.Count ? [train] : [.. Enumerable.Range(0, Draws).Select(draw =>
                train.Take(StratifiedSplit.Of(train.LabelOf, (double)size / train.Count, request.Seed + (ulong)draw).HeldOut))];
            return new TextLearningCurvePoint(
                parts[0].Count, Accuracy(parts, request with { Start = null, Freeze = false, Dimension = request.Start.Dimension }),
                Accuracy(parts, request with { Freeze = true }), Accuracy(parts, request with { Freeze = false }));
        }

        double Accuracy(LabelledTexts[] parts, TextLearningRequest way) =>
            parts.Average(part => TextLearning.Run(part, null, test, way, null, cancellationToken).Report.Accuracy);
    }
}
