using System.Globalization;
using Google.Protobuf;
using System.Runtime.InteropServices;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>The calls of the load: films for a history, more like a film, people written with features, changed and deleted.</summary>
internal sealed class FilmCalls(FilmGenerations films, string collection, WriteLedger ledger)
{
    /// <summary>People are points behind all films.</summary>
    public const ulong FirstPerson = 10_000_000;

    private const int LeastItems = 3, MostItems = 15, Answers = 10;
    private const string VersionField = "version";

    /// <summary>Some films that go together: of one user of the data.</summary>
    public string[] History(Random random)
    {
        while (true)
        {
            ReadOnlySpan<int> watched = films.Ratings.ItemsOf(random.Next(films.Ratings.UserCount));
            int count = Math.Min(watched.Length, random.Next(LeastItems, MostItems + 1));
            if (count < LeastItems) continue;
            int first = random.Next(watched.Length - count + 1);
            return [.. watched.Slice(first, count).ToArray().Select(row => films.Ratings.Items[row])];
        }
    }

    /// <summary>A query by features or by id, which names no space: it may be asked whatever generation answers.</summary>
    public QueryRequest Query(Random random, out string[] history)
    {
        QueryRequest query = new() { Collection = collection, Limit = Answers };
        history = [];
        if (random.Next(4) == 0)
        {
            query.Ids = new IdColumn { Numbers = { Id(films.Films[random.Next(films.Films.Count)]) } };
            return query;
        }

        history = History(random);
        query.Features = new FeatureRows { Rows = { Features(history) } };
        query.ExcludeHistory = true;
        return query;
    }

    /// <summary>A query with a vector of a model's own.</summary>
    public QueryRequest OldQuery(Random random, LearnedModel model)
    {
        ModelQuestion question = model.Question(FilmGenerations.Question);
        float[] vector = new float[question.Dimension];
        question.Encode(History(random), default, vector);
        return new QueryRequest
        {
            Context = new RequestContext { SpaceId = question.Space.ToString() },
            Collection = collection,
            Limit = Answers,
            Vectors = new Matrix { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(vector.AsSpan())), Dim = (uint)vector.Length, Rows = 1, Type = ElementType.Float32 },
        };
    }

    /// <summary>A write: features of a person, their payload, or their end. Null if all points that were tried are being written.</summary>
    public (IMessage Request, int Point, long? Version)? Write(Random random)
    {
        if (ledger.Begin(random) is not { } begun) return null;
        (int point, long version, bool isThere) = begun;
        IdColumn ids = new() { Numbers = { FirstPerson + (ulong)point } };
        return random.Next(10) switch
        {
            < 2 when isThere => (new DeleteRequest { Collection = collection, Ids = ids }, point, null),
            < 5 when isThere => (new UpdatePayloadRequest { Collection = collection, Ids = ids, Set = Payload(version) }, point, version),
            _ => (new UpsertRequest { Collection = collection, Ids = ids, Features = new FeatureRows { Rows = { Features(History(random)) } }, Payloads = { Payload(version) } }, point, version),
        };
    }

    /// <summary>The films as points, with the vectors of a model, in calls of so many.</summary>
    public IEnumerable<UpsertRequest> Films(LearnedModel model, int rows)
    {
        ModelQuestion question = model.Question(FilmGenerations.Question);
        foreach (int[] part in films.Films.Chunk(rows))
        {
            float[] vectors = new float[part.Length * question.Dimension];
            for (int i = 0; i < part.Length; i++) question.Items[model.Items.RowOf(films.Ratings.Items[part[i]])].CopyTo(vectors.AsSpan(i * question.Dimension));
            yield return new UpsertRequest
            {
                Context = new RequestContext { SpaceId = question.Space.ToString() },
                Collection = collection,
                Ids = new IdColumn { Numbers = { part.Select(Id) } },
                Vectors = new Matrix { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(vectors.AsSpan())), Dim = (uint)question.Dimension, Rows = (uint)part.Length, Type = ElementType.Float32 },
            };
        }
    }

    /// <summary>All people as they are now, by their places in the ledger.</summary>
    public static async Task<Dictionary<int, long>> ReadPeopleAsync(Func<GetRequest, Task<GetReply>> get, string collection, int people)
    {
        Dictionary<int, long> found = [];
        foreach (int[] part in Enumerable.Range(0, people).Chunk(1000))
        {
            GetReply reply = await get(new GetRequest
            {
                Collection = collection, Ids = new IdColumn { Numbers = { part.Select(point => FirstPerson + (ulong)point) } }, WithPayload = true, SkipMissing = true,
            });
            for (int i = 0; i < reply.Ids.Numbers.Count; i++) found[(int)(reply.Ids.Numbers[i] - FirstPerson)] = reply.Payloads[i].Fields[VersionField].Integer;
        }

        return found;
    }

    private ulong Id(int row) => ulong.Parse(films.Ratings.Items[row], CultureInfo.InvariantCulture);

    private static Features Features(IEnumerable<string> items) => new() { History = new History { Items = { items } } };

    private static Payload Payload(long version) => new() { Fields = { [VersionField] = new Value { Integer = version } } };
}
