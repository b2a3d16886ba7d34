using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>Makes an upsert of a batch's rows without those that the server found wrong.</summary>
internal sealed class RowDropper
{
    private readonly List<int> _rows;

    /// <summary>All rows of a batch.</summary>
    /// <param name="batch">Points to write.</param>
    /// <param name="upsert">Gets the rows; the rest of it is set.</param>
    public RowDropper(IngestBatch batch, UpsertRequest upsert)
    {
        Left = upsert;
        Left.Ids = batch.Ids.Clone();
        if (batch.Vectors is not null) Left.Vectors = batch.Vectors.Clone();
        else Left.Features = batch.Features?.Clone() ?? new FeatureRows();
        Left.Payloads.AddRange(batch.Payloads);
        _rows = [.. Enumerable.Range(0, PointIds.CountOf(batch.Ids))];
        Dropped = 0;
    }

    /// <summary>The rows that are left.</summary>
    public UpsertRequest Left { get; }

    /// <summary>How many rows are left.</summary>
    public int Count => _rows.Count;

    /// <summary>How many rows were dropped.</summary>
    public int Dropped { get; private set; }

    /// <summary>Drops a row.</summary>
    /// <param name="index">Its place among the rows that are left.</param>
    /// <returns>Its place in the batch, and its id.</returns>
    public (int Row, IdColumn Id) Drop(int index)
    {
        int row = _rows[index];
        _rows.RemoveAt(index);
        Dropped++;
        IdColumn id = new();
        if (Left.Ids.Strings.Count > 0)
        {
            id.Strings.Add(Left.Ids.Strings[index]);
            Left.Ids.Strings.RemoveAt(index);
        }
        else
        {
            id.Numbers.Add(Left.Ids.Numbers[index]);
            Left.Ids.Numbers.RemoveAt(index);
        }

        if (Left.Payloads.Count > 0) Left.Payloads.RemoveAt(index);
        if (Left.SourceCase == UpsertRequest.SourceOneofCase.Features) Left.Features.Rows.RemoveAt(index);
        else DropVector(Left.Vectors, index);
        return (row, id);
    }

    private static void DropVector(Matrix vectors, int index)
    {
        ReadOnlySpan<byte> all = vectors.Data.Span;
        int width = all.Length / (int)vectors.Rows;
        byte[] others = new byte[all.Length - width];
        all[..(index * width)].CopyTo(others);
        all[((index + 1) * width)..].CopyTo(others.AsSpan(index * width));
        vectors.Data = UnsafeByteOperations.UnsafeWrap(others);
        vectors.Rows--;
    }
}

/// <summary>The row of a batch that a fault names.</summary>
internal static partial class RefusedRow
{
    /// <summary>Its number; null if the fault names none.</summary>
    /// <param name="field">The field that is wrong, if the server said.</param>
    /// <param name="message">The fault in words, which begin with the field where a row is wrong.</param>
    public static int? Of(string field, string message) =>
        Named().Match(field.Length > 0 ? field : message) is { Success: true } named || (named = Named().Match(message)).Success
            ? int.Parse(named.Groups["row"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex("""^(batch\.)?(ids|vectors|features|features\.rows|payloads)\[(?<row>[0-9]{1,9})\]""")]
    private static partial Regex Named();
}
