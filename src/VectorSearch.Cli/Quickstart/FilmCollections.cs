using System.Globalization;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Quickstart;

/// <summary>
/// The two collections of the quickstart, one for each question that the model answers: films like this, and films for
/// someone. They are filled over gRPC, as any program in any language would.
/// </summary>
internal static class FilmCollections
{
    /// <summary>Films like this: film → films, cosine.</summary>
    public const string Similar = "films";

    /// <summary>Films for someone: what they watched → films, inner product.</summary>
    public const string ForYou = "films-for-you";

    private const int BatchRows = 1000;

    /// <summary>Makes both hold the model's items; a collection that already does is left as it is.</summary>
    /// <returns>Points in the larger of the two, and whether anything had to be done.</returns>
    public static async Task<(long Points, bool Reused)> FillAsync(
        VectorSearchClient client, FilmModel model, FilmCatalog films, IProgress<StageProgress> progress, CancellationToken cancellation)
    {
        await client.Models.PutAsync(model.File, cancellationToken: cancellation);
        (long similar, bool similarReused) = await FillAsync(client, Similar, model, "similar", films, Half(progress, 0), cancellation);
        (long history, bool historyReused) = await FillAsync(client, ForYou, model, "history", films, Half(progress, 0.5), cancellation);
        return (Math.Max(similar, history), similarReused && historyReused);
    }

    private static async Task<(long Points, bool Reused)> FillAsync(
        VectorSearchClient client, string name, FilmModel model, string questionName, FilmCatalog films, Action<double> report, CancellationToken cancellation)
    {
        ModelQuestion question = model.Model.Question(questionName);
        // A film that nobody rated has no vector: the cosine would refuse it, and nobody could be told why it is near.
        List<int> rows = [.. Enumerable.Range(0, question.Items.Rows).Where(row => !question.Items.IsZero(row))];
        PointsClient points = client.Points(name);
        if (await HoldsAsync(client, name, question, rows.Count, cancellation)) return (rows.Count, true);

        await client.Collections.CreateAsync(
            new Collection
            {
                Name = name,
                Dimension = (uint)question.Dimension,
                Metric = (Metric)(int)question.Metric,
                SpaceId = question.Space.ToString(),
                IdKind = IdKind.Number,
                Model = model.Digest,
                Question = questionName,
            },
            cancellationToken: cancellation);
        for (int at = 0; at < rows.Count; at += BatchRows)
        {
            List<int> batch = rows.GetRange(at, Math.Min(BatchRows, rows.Count - at));
            await points.UpsertAsync(Ids(model.Model, batch), Vectors(question, batch), Payloads(model.Model, films, batch), cancellationToken: cancellation);
            report((double)(at + batch.Count) / rows.Count);
        }

        return (rows.Count, false);
    }

    /// <summary>True if the collection is there, in the model's space, and whole. One of another space or cut short is removed.</summary>
    private static async Task<bool> HoldsAsync(VectorSearchClient client, string name, ModelQuestion question, int rows, CancellationToken cancellation)
    {
        try
        {
            Collection known = await client.Collections.GetAsync(name, cancellationToken: cancellation);
            if (known.SpaceId == question.Space.ToString() && known.Status.Points == (ulong)rows) return true;
            await client.Collections.DeleteAsync(name, cancellationToken: cancellation);
            return false;
        }
        catch (VectorSearchClientException missing) when (missing.Code == GrpcStatusCode.NotFound)
        {
            return false;
        }
    }

    private static ulong[] Ids(LearnedModel model, List<int> rows) => [.. rows.Select(row => ulong.Parse(model.Items[row], CultureInfo.InvariantCulture))];

    private static Vectors Vectors(ModelQuestion question, List<int> rows)
    {
        float[] values = new float[rows.Count * question.Dimension];
        for (int i = 0; i < rows.Count; i++) question.Items[rows[i]].CopyTo(values.AsSpan(i * question.Dimension));
        return new Vectors(values, question.Dimension);
    }

    private static List<IReadOnlyDictionary<string, object?>?> Payloads(LearnedModel model, FilmCatalog films, List<int> rows) =>
        [.. rows.Select(row => films.TryGet(model.Items[row], out Film? film) ? Payload(film) : null)];

    private static Dictionary<string, object?> Payload(Film film) => new() { ["title"] = film.Title, ["genres"] = film.Genres };

    private static Action<double> Half(IProgress<StageProgress> progress, double from) =>
        done => progress.Report(new StageProgress(from + (done / 2), from == 0 ? Similar : ForYou));
}
