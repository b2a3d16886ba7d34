using System.Globalization;
using VectorSearch.Client;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Import;

/// <summary>Sends rows to a collection in batches over gRPC and tells how far it is.</summary>
internal sealed class Importer(VectorSearchClient client, Collection collection)
{
    /// <summary>Rows sent in one call; the client splits it where a message would grow too large.</summary>
    public const int BatchRows = 2000;

    /// <summary>Sends all rows. Rows that were acknowledged stay when a later one is refused.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="report">Told the number of rows acknowledged so far.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>Rows acknowledged.</returns>
    /// <exception cref="CliException">A row does not fit the collection; names where it stands.</exception>
    public async Task<long> RunAsync(IEnumerable<ImportRow> rows, Action<long> report, CancellationToken cancellation)
    {
        PointsClient points = client.Points(collection.Name, collection.SpaceId);
        long sent = 0;
        foreach (ImportRow[] batch in rows.Chunk(BatchRows))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                sent += await SendAsync(points, batch, cancellation);
            }
            catch (VectorSearchClientException refused)
            {
                throw new CliException($"After {sent + refused.Upserted} rows, between {batch[0].Origin} and {batch[^1].Origin}: {refused.Message} What was acknowledged before is kept; mend the file and import it again, rows with the same id are replaced.", refused);
            }

            report(sent);
        }

        return sent;
    }

    private async Task<long> SendAsync(PointsClient points, ImportRow[] batch, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, object?>?[]? payloads = batch.Any(row => row.Payload is not null) ? [.. batch.Select(row => row.Payload)] : null;
        if (batch[0].Features is not null)
        {
            Features[] features = [.. batch.Select(row => row.Features ?? throw new CliException($"{row.Origin}: a vector among features; one file holds one of the two."))];
            return await points.UpsertAsync(Ids(batch), features, payloads, cancellationToken: cancellation);
        }

        return await points.UpsertAsync(Ids(batch), Vectors(batch), payloads, cancellationToken: cancellation);
    }

    private PointIds Ids(ImportRow[] batch)
    {
        if (collection.IdKind != IdKind.Number) return batch.Select(row => row.Id).ToArray();
        ulong[] numbers = new ulong[batch.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!ulong.TryParse(batch[i].Id, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                throw new CliException($"{batch[i].Origin}: the id '{batch[i].Id}' is not a number, and collection '{collection.Name}' has numbers as ids.");
        }

        return numbers;
    }

    private Vectors Vectors(ImportRow[] batch)
    {
        int dimension = (int)collection.Dimension;
        float[] values = new float[batch.Length * dimension];
        for (int i = 0; i < batch.Length; i++)
        {
            float[] vector = batch[i].Vector ?? throw new CliException($"{batch[i].Origin}: features among vectors; one file holds one of the two.");
            if (vector.Length != dimension) throw new CliException($"{batch[i].Origin}: the vector has {vector.Length} coordinates; expected {dimension}, the dimension of collection '{collection.Name}'.");
            vector.CopyTo(values, i * dimension);
        }

        return new Vectors(values, dimension);
    }
}
