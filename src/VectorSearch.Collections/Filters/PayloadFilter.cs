namespace VectorSearch.Collections;

/// <summary>Which points may be an answer: all of <see cref="Must"/>, at least one of <see cref="Should"/> if there are any, none of <see cref="MustNot"/>.</summary>
public sealed record PayloadFilter
{
    /// <summary>Conditions that all hold.</summary>
    public IReadOnlyList<PayloadCondition> Must { get; init; } = [];

    /// <summary>Conditions of which at least one holds; none given asks for nothing.</summary>
    public IReadOnlyList<PayloadCondition> Should { get; init; } = [];

    /// <summary>Conditions of which none holds.</summary>
    public IReadOnlyList<PayloadCondition> MustNot { get; init; } = [];
}

/// <summary>
/// One condition of a filter. Where a field holds a list, the condition holds if it holds for any item. An integer and a
/// float are equal if their values are.
/// </summary>
public abstract record PayloadCondition
{
    private PayloadCondition()
    {
    }

    /// <summary>The field has one of these values.</summary>
    /// <param name="Field">Name of the field.</param>
    /// <param name="AnyOf">Values, at least one.</param>
    public sealed record Match(string Field, IReadOnlyList<PayloadValue> AnyOf) : PayloadCondition;

    /// <summary>The text field contains all of these words, whatever their case.</summary>
    /// <param name="Field">Name of the field.</param>
    /// <param name="Words">Words, at least one; a word is a run of letters and digits.</param>
    public sealed record MatchWords(string Field, IReadOnlyList<string> Words) : PayloadCondition;

    /// <summary>The field lies within bounds: numbers, moments (as microseconds since 1970) or texts in ordinal order.</summary>
    /// <param name="Field">Name of the field.</param>
    public sealed record Range(string Field) : PayloadCondition
    {
        /// <summary>Lower bound; null for none.</summary>
        public PayloadValue? From { get; init; }

        /// <summary>Upper bound; null for none.</summary>
        public PayloadValue? To { get; init; }

        /// <summary>True if the lower bound itself does not match.</summary>
        public bool IsFromExclusive { get; init; }

        /// <summary>True if the upper bound itself does not match.</summary>
        public bool IsToExclusive { get; init; }
    }

    /// <summary>The place lies within a circle.</summary>
    /// <param name="Field">Name of the field.</param>
    /// <param name="Centre">Middle of the circle.</param>
    /// <param name="Metres">Its radius along the ground.</param>
    public sealed record GeoRadius(string Field, GeoPoint Centre, double Metres) : PayloadCondition;

    /// <summary>The field is missing, null or an empty list.</summary>
    /// <param name="Field">Name of the field.</param>
    public sealed record IsEmpty(string Field) : PayloadCondition;

    /// <summary>The point is one of these.</summary>
    /// <param name="Ids">Names of points.</param>
    public sealed record HasId(IReadOnlyList<PointId> Ids) : PayloadCondition;

    /// <summary>A filter as a condition.</summary>
    /// <param name="Filter">The filter.</param>
    public sealed record Nested(PayloadFilter Filter) : PayloadCondition;
}
