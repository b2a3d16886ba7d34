using System.Globalization;

namespace VectorSearch.Collections;

/// <summary>A named bound with the value used when nothing is said.</summary>
/// <param name="Min">Smallest value allowed.</param>
/// <param name="Default">Value when nothing is said.</param>
/// <param name="Max">Largest value allowed.</param>
public readonly record struct Limit(long Min, long Default, long Max)
{
    /// <summary>True if the value lies within the bounds, both included.</summary>
    public bool Allows(long value) => value >= Min && value <= Max;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Min} to {Max}");
}
