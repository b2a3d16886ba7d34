using VectorSearch.Collections;

namespace VectorSearch.Server.Gate;

/// <summary>A generation as the gate sees it. Answers are of one moment: what is asked twice is answered alike, but for writes.</summary>
internal interface IGateSubject
{
    /// <summary>Its number.</summary>
    ulong Number { get; }

    /// <summary>Its space, dimension, metric, model.</summary>
    CollectionDefinition Definition { get; }

    /// <summary>Points it holds.</summary>
    long Points { get; }

    /// <summary>Answers a question, or tells by null that it cannot be asked here: a vector of another space, a point that is gone.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="k">Answers wanted.</param>
    /// <param name="exact">Compare with every point.</param>
    /// <param name="cancellation">Stops the search.</param>
    GateAnswer? Ask(GateQuestion question, int k, bool exact, CancellationToken cancellation);

    /// <summary>Its vector of a point; false if the point is not there.</summary>
    bool TryReadVector(PointId id, Span<float> vector);

    /// <summary>Points that no walk can reach; null where nothing walks, or nobody looked.</summary>
    long? Unreachable { get; }
}

/// <summary>An answer.</summary>
/// <param name="Ids">Points, best first.</param>
/// <param name="Scores">Their scores.</param>
/// <param name="IsExact">Whether it comes from a comparison with every point.</param>
internal sealed record GateAnswer(IReadOnlyList<PointId> Ids, IReadOnlyList<float> Scores, bool IsExact);
