using System.Globalization;
using VectorSearch.Client;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Import;

/// <summary>What came of an import.</summary>
/// <param name="Rows">Rows that are in the collection: acknowledged now or by an earlier run.</param>
/// <param name="Before">Of these, rows that an earlier run had written.</param>
/// <param name="Refused">Rows that are not, each with where it stands and why.</param>
internal sealed record ImportResult(long Rows, long Before, IReadOnlyList<string> Refused);

/// <summary>
/// Sends rows to a collection over a stream of batches. Rows that are wrong are left out and named; the others go in. The
/// batches of one file are the same each time, so a session that was cut is gone on with.
/// </summary>
internal sealed class Importer(VectorSearchClient client, Collection collection, string session)
{
    /// <summary>Rows of a batch; the client splits it where a message would grow too large.</summary>
    private const int BatchRows = 1000;

    /// <summary>So many wrong rows look like the wrong file.</summary>
    private const int MaxRefused = 1000;

    private readonly List<ImportRow> _batch = [];
    private readonly List<string> _refused = [];

    // Number of the line or row of each row that was sent; the file is the same for all.
    private readonly List<int> _origins = [];
    private RowOrigin _file;

    /// <summary>Sends all rows.</summary>
    /// <param name="read">Reads the rows, and tells of those that cannot be read.</param>
    /// <param name="report">Told the part of the file that is sent (0 if not known), and the number of rows acknowledged so far.</param>
    /// <param name="cancellation">Stops; what was acknowledged stays, and the same import goes on there.</param>
    /// <exception cref="CliException">Too many rows are wrong.</exception>
    /// <exception cref="VectorSearchClientException">The server is gone for longer than the retry policy waits, or refuses the stream.</exception>
    public async Task<ImportResult> RunAsync(Func<RefuseRow, IEnumerable<ImportRow>> read, Action<double, long> report, CancellationToken cancellation)
    {
        await using IngestStream stream = client.Points(collection.Name, collection.SpaceId).OpenIngest(session, dropsRefusedRows: true);
        foreach (ImportRow row in read(Refuse))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Fault(row) is { } fault)
            {
                Refuse($"{row.Origin}: {fault}");
                continue;
            }

            // One batch holds vectors or features, not both.
            if (_batch.Count > 0 && (_batch.Count == BatchRows || (_batch[0].Features is null) != (row.Features is null)))
            {
                await SendAsync(stream, cancellation);
                report(_file.Fraction, stream.AcknowledgedRows);
            }

            _file = row.Origin;
            _origins.Add(row.Origin.Number);
            _batch.Add(row);
        }

        if (_batch.Count > 0) await SendAsync(stream, cancellation);
        IngestSummary summary = await stream.CompleteAsync(cancellation);
        foreach (RefusedBatch refused in summary.Refused) Refuse($"{OriginOf(refused)}: {WithoutRow(refused.Message)}");
        return new ImportResult(summary.Rows, stream.PassedOverRows, _refused);
    }

    private void Refuse(string fault)
    {
        _refused.Add(fault);
        if (_refused.Count > MaxRefused) throw new CliException($"More than {MaxRefused} rows are wrong, so the import was stopped. The first: {_refused[0]}");
    }

    private string OriginOf(RefusedBatch refused)
    {
        RowOrigin first = _file with { Number = _origins[(int)refused.FirstRow] };
        return refused.Ids.Count == 1 ? first.ToString() : string.Create(CultureInfo.InvariantCulture, $"{first} to {_origins[(int)refused.FirstRow + refused.Ids.Count - 1]}");
    }

    /// <summary>The place of a row in its batch means nothing to whoever reads the file's name and line before it.</summary>
    private static string WithoutRow(string message)
    {
        int end = message.IndexOf("]: ", StringComparison.Ordinal), space = message.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && end < space ? message[(end + 3)..] : message;
    }

    private string? Fault(ImportRow row)
    {
        if (collection.IdKind == IdKind.Number && !ulong.TryParse(row.Id, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return $"the id '{row.Id}' is not a number, and collection '{collection.Name}' has numbers as ids.";
        return row.Vector is { } vector && vector.Length != collection.Dimension
            ? $"the vector has {vector.Length} coordinates; expected {collection.Dimension}, the dimension of collection '{collection.Name}'."
            : null;
    }

    private async Task SendAsync(IngestStream stream, CancellationToken cancellation)
    {
        ImportRow[] batch = [.. _batch];
        _batch.Clear();
        IReadOnlyDictionary<string, object?>?[]? payloads = batch.Any(row => row.Payload is not null) ? [.. batch.Select(row => row.Payload)] : null;
        PointIds ids = collection.IdKind == IdKind.Number
            ? batch.Select(row => ulong.Parse(row.Id, CultureInfo.InvariantCulture)).ToArray()
            : batch.Select(row => row.Id).ToArray();
        if (batch[0].Features is not null) await stream.WriteAsync(ids, [.. batch.Select(row => row.Features!)], payloads, cancellation);
        else await stream.WriteAsync(ids, Vectors(batch), payloads, cancellation);
    }

    private Vectors Vectors(ImportRow[] batch)
    {
        int dimension = (int)collection.Dimension;
        float[] values = new float[batch.Length * dimension];
        for (int i = 0; i < batch.Length; i++) batch[i].Vector!.CopyTo(values, i * dimension);
        return new Vectors(values, dimension);
    }
}
