using VectorSearch.Client;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Export;

/// <summary>Reads the points of a collection page by page and writes them to a file, which is there whole or not at all.</summary>
internal sealed class CollectionExport(VectorSearchClient client, Collection collection, Filter? filter)
{
    private const int PagePoints = 1000;
    private const string Unfinished = ".unfinished";

    private static readonly string[] Beside = ["", ".ids", ".payloads.jsonl"];

    /// <summary>Writes all points.</summary>
    /// <param name="path">The file; its ending says the form.</param>
    /// <param name="report">Told the number of points written so far.</param>
    /// <param name="cancellation">Stops, and leaves no file.</param>
    /// <returns>Points written.</returns>
    public async Task<long> RunAsync(string path, Action<long> report, CancellationToken cancellation)
    {
        string unfinished = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Unfinished + "-" + Path.GetFileName(path));
        try
        {
            IReadOnlyList<string> fields = PointSink.NeedsFields(path) ? await FieldsAsync(cancellation) : [];
            long points = 0;
            using (PointSink sink = PointSink.Open(unfinished, path, (int)collection.Dimension, fields))
            {
                await foreach (Point point in client.Points(collection.Name).ScrollAsync(withPayload: true, withVectors: true, PagePoints, filter, cancellation))
                {
                    sink.Write(point);
                    if (++points % PagePoints == 0) report(points);
                }
            }

            foreach (string part in Beside.Where(part => File.Exists(unfinished + part))) File.Move(unfinished + part, path + part, overwrite: true);
            return points;
        }
        finally
        {
            foreach (string part in Beside) File.Delete(unfinished + part);
        }
    }

    /// <summary>Names of all payload fields, in ordinal order: columns must be known before the first point.</summary>
    private async Task<IReadOnlyList<string>> FieldsAsync(CancellationToken cancellation)
    {
        SortedSet<string> fields = new(StringComparer.Ordinal);
        await foreach (Point point in client.Points(collection.Name).ScrollAsync(withPayload: true, withVectors: false, PagePoints, filter, cancellation))
            fields.UnionWith(point.Payload!.Keys);
        return [.. fields];
    }
}
