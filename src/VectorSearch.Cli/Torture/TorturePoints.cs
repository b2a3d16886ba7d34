using VectorSearch.Client;

namespace VectorSearch.Cli.Torture;

/// <summary>The points of a torture: a vector is a function of id and version, so that the judge knows it too.</summary>
internal static class TorturePoints
{
    public const int Dimension = 16;
    public const int Writers = 4;
    public const int IdsPerWriter = 250;

    private const string VersionField = "version";
    private const string MarkField = "mark";

    /// <summary>Every id that is ever written.</summary>
    public static ulong[] All { get; } = [.. Enumerable.Range(0, Writers * IdsPerWriter).Select(id => (ulong)id)];

    public static float[] Vector(ulong id, long version) =>
        [.. Enumerable.Range(0, Dimension).Select(i => (float)Math.Sin((id * 31) + ((ulong)version * 17) + (ulong)i))];

    public static Vectors Rows(ulong[] ids, long version) => new((float[])[.. ids.SelectMany(id => Vector(id, version))], Dimension);

    /// <summary>The payloads of new points.</summary>
    public static IReadOnlyDictionary<string, object?>[] Payloads(ulong[] ids, long version) =>
        [.. ids.Select(_ => new Dictionary<string, object?> { [VersionField] = version })];

    /// <summary>The fields that a change of payloads sets.</summary>
    public static Dictionary<string, object?> Mark(long mark) => new() { [MarkField] = mark };

    /// <summary>The points of one version.</summary>
    public static Protocol.V1.Filter OfVersion(long version) => Where.All(Where.Is(VersionField, version));

    /// <summary>What a point's payload says it is.</summary>
    public static PointState State(IReadOnlyDictionary<string, object?> payload) =>
        new((long)payload[VersionField]!, payload.TryGetValue(MarkField, out object? mark) ? (long)mark! : 0);
}
