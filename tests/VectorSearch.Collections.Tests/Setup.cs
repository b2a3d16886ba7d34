using VectorSearch.Numerics;
using VectorSearch.Storage;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

/// <summary>A catalog in a folder of its own that can be closed, or left as by a kill, and opened again.</summary>
internal sealed class TestCatalog : IAsyncDisposable
{
    public const int Dimension = 8;

    public static readonly SpaceId Space = SpaceId.Parse("client:test@1");

    private readonly TempDirectory _directory = new();

    public string Root => _directory.Combine("data");

    public CatalogOptions Options { get; set; } = new() { LinkerThreads = 1, Encoders = new LetterEncoders() };

    public List<CollectionEvent> Events { get; } = [];

    public CollectionCatalog Catalog { get; private set; } = null!;

    public string Folder(string name) => Path.Combine(Root, "collections", name);

    public static async Task<TestCatalog> OpenAsync(CatalogOptions? options = null)
    {
        TestCatalog test = new();
        if (options is not null) test.Options = options;
        await test.ReopenAsync();
        return test;
    }

    public async Task ReopenAsync()
    {
        if (Catalog is not null) await Catalog.DisposeAsync();
        Catalog = await CollectionCatalog.OpenAsync(Root, Options with { OnEvent = one => { lock (Events) Events.Add(one); } });
    }

    public async Task CloseAsync() => await Catalog.DisposeAsync();

    public static CollectionDefinition Define(string name, Metric metric = Metric.SquaredEuclidean, IdKind kind = IdKind.Number) =>
        new() { Name = name, Dimension = Dimension, Metric = metric, Space = Space, IdKind = kind };

    public async Task<Collection> CreateAsync(string name = "points", Metric metric = Metric.SquaredEuclidean, IdKind kind = IdKind.Number) =>
        await Catalog.CreateAsync(Define(name, metric, kind));

    public async ValueTask DisposeAsync()
    {
        if (Catalog is not null) await Catalog.DisposeAsync();
        _directory.Dispose();
    }

    public static float[] Vector(int seed, int dimension = Dimension)
    {
        Random random = new(seed);
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) vector[i] = (random.NextSingle() * 2) - 1;
        return vector;
    }

    public static UpsertBatch Points(int first, int count, int version = 0) => new()
    {
        Ids = [.. Enumerable.Range(first, count).Select(i => new PointId((ulong)i))],
        Vectors = Enumerable.Range(first, count).SelectMany(i => Vector(i + (version * 1_000_000))).ToArray(),
        Payloads = [.. Enumerable.Range(first, count).Select(i => PayloadOf(i, version))],
    };

    public static Payload PayloadOf(int id, int version) => new([
        new("id", PayloadValue.From((long)id)),
        new("version", PayloadValue.From((long)version)),
        new("title", PayloadValue.From($"point {id}"))]);

    public static DeleteBatch Ids(params ulong[] ids) => new() { Ids = [.. ids.Select(id => new PointId(id))] };

    /// <summary>Looks again and again: half a minute at least, counted in looks, which stand still while the process is halted.</summary>
    public static async Task EventuallyAsync(Func<bool> condition)
    {
        for (int looks = 0; !condition(); looks++)
        {
            Assert.True(looks < 6000, "It did not come about.");
            await Task.Delay(5);
        }
    }
}

/// <summary>A model that counts letters a to h, and refuses texts with digits.</summary>
internal sealed class LetterEncoders : IFeatureEncoderResolver, IFeatureEncoder
{
    public string Model => "sha256:letters";

    public string Question => "texts";

    public SpaceId Space => TestCatalog.Space;

    public int Dimension => TestCatalog.Dimension;

    public Metric Metric => Metric.SquaredEuclidean;

    public IFeatureEncoder? Resolve(string model, string question) => model == Model && question == Question ? this : null;

    public void Encode(PointFeatures features, Span<float> vector)
    {
        vector.Clear();
        string text = features switch
        {
            PointFeatures.Text t => t.Content,
            PointFeatures.History h => string.Concat(h.Items),
            _ => throw new VectorSearchException(ErrorCode.InvalidArgument, "The model reads texts."),
        };
        foreach (char c in text)
        {
            if (char.IsDigit(c)) throw new VectorSearchException(ErrorCode.InvalidArgument, $"The model knows no '{c}'.");
            if (c is >= 'a' and <= 'h') vector[c - 'a']++;
        }
    }
}

/// <summary>Fails operations while it is switched on.</summary>
internal sealed class SwitchFault : StorageFault
{
    private int _count;

    /// <summary>Operations met while it was on.</summary>
    public int Count => _count;

    public bool IsOn { get; set; }

    public int Nth { get; set; }

    public string PathPart { get; set; } = "";

    /// <summary>Switches it on, to fail from the nth operation on that it meets from now.</summary>
    public void Restart(int nth)
    {
        (_count, Nth) = (0, nth);
        IsOn = true;
    }

    public StorageOperation[] Kinds { get; set; } = [StorageOperation.Write, StorageOperation.Flush, StorageOperation.Open, StorageOperation.Rename];

    public override long Before(StorageOperation operation, string path, long length)
    {
        if (!IsOn || !Kinds.Contains(operation) || !path.Contains(PathPart, StringComparison.Ordinal)) return length;
        if (Nth > 0 && Interlocked.Increment(ref _count) < Nth) return length;
        throw new IOException("No space left on device (injected fault)");
    }
}
