namespace VectorSearch.Collections;

/// <summary>
/// At least one positive example, as id or vector. The query is the mean of the positive ones, or, with negative ones,
/// twice it less the mean of the negative ones; under cosine each has length 1 first. No example is an answer.
/// </summary>
public sealed record QueryExamples
{
    /// <summary>Points that are like what is wanted.</summary>
    public IReadOnlyList<PointId> Positive { get; init; } = [];

    /// <summary>Points that are like what is not wanted.</summary>
    public IReadOnlyList<PointId> Negative { get; init; } = [];

    /// <summary>Row-major vectors like what is wanted.</summary>
    public ReadOnlyMemory<float> PositiveVectors { get; init; }

    /// <summary>Row-major vectors like what is not wanted.</summary>
    public ReadOnlyMemory<float> NegativeVectors { get; init; }
}

/// <summary>Points that go together, such as what a user watched.</summary>
/// <param name="Ids">Their names, which are items of the model's vocabulary.</param>
/// <param name="Weights">How much each counts; empty for 1 each.</param>
public sealed record PointHistory(IReadOnlyList<PointId> Ids, IReadOnlyList<float> Weights);

/// <summary>
/// Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): the score of an answer is the sum, over the
/// rankings that have it, of 1 / (K + rank), ranks from 1.
/// </summary>
public sealed record RankFusion
{
    /// <summary>How much the first ranks count more than the later ones: less with a greater K.</summary>
    public int K { get; init; } = (int)CollectionLimits.FusionK.Default;
}

/// <summary>Answers in groups of one value of a payload field. Points without a single value there are no answers.</summary>
/// <param name="Field">Name of the field.</param>
/// <param name="Size">Points of one group, at most.</param>
public sealed record Grouping(string Field, int Size);

/// <summary>
/// Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): one by one the candidate is taken with the greatest
/// (1 − Strength) · similarity to the query − Strength · greatest similarity to one that is taken.
/// </summary>
/// <param name="Strength">0 to 1; 0 changes nothing.</param>
/// <param name="Candidates">How many are chosen from; 0 means four times the limit.</param>
public sealed record Diversity(float Strength, int Candidates);
