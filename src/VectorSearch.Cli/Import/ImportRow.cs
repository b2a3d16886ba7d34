using System.Globalization;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Import;

/// <summary>One point on its way into a collection: its id, what its vector is or is made from, and its payload.</summary>
/// <param name="Id">The id as text; a collection of numbers parses it.</param>
/// <param name="Vector">Its vector; null when it comes as features.</param>
/// <param name="Features">What the collection's model makes the vector from; null when it comes as a vector.</param>
/// <param name="Payload">What is stored beside it; null for nothing.</param>
/// <param name="Origin">Where it stands, for messages.</param>
internal sealed record ImportRow(string Id, float[]? Vector, Features? Features, IReadOnlyDictionary<string, object?>? Payload, RowOrigin Origin);

/// <summary>Where a row stands.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Number">Line from 1, or row from 0.</param>
/// <param name="IsLine">True for a file of lines.</param>
/// <param name="Of">How many rows the file has; 0 where only its end tells.</param>
internal readonly record struct RowOrigin(string File, int Number, bool IsLine, int Of = 0)
{
    /// <summary>The part of the file that is read when this row is; 0 if it is not known.</summary>
    public double Fraction => Of == 0 ? 0 : (Number + 1) / (double)Of;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}{(IsLine ? ":" : ", row ")}{Number}");
}

/// <summary>Takes note of a row that cannot be used; its text names where it stands and what is wrong.</summary>
internal delegate void RefuseRow(string fault);
