namespace VectorSearch.Collections;

/// <summary>
/// The bounds of everything a client may send. They are checked before anything is written; the error names the field,
/// the value and the bound.
/// </summary>
public static class CollectionLimits
{
    /// <summary>Coordinates of a vector. There is no default: a collection says its dimension.</summary>
    public static readonly Limit Dimension = new(1, 128, 16_384);

    /// <summary>Characters of a collection name: letters, digits, '.', '_' and '-', the first a letter or digit.</summary>
    public static readonly Limit NameLength = new(1, 16, 64);

    /// <summary>UTF-8 bytes of a text id.</summary>
    public static readonly Limit IdBytes = new(1, 36, 512);

    /// <summary>Characters of a request id.</summary>
    public static readonly Limit RequestIdLength = new(1, 36, 128);

    /// <summary>Points in one write.</summary>
    public static readonly Limit BatchPoints = new(1, 1_000, 100_000);

    /// <summary>Queries in one call.</summary>
    public static readonly Limit BatchQueries = new(1, 1, 10_000);

    /// <summary>Answers per query.</summary>
    public static readonly Limit Answers = new(1, 10, 10_000);

    /// <summary>Links that a node makes per layer (M of the HNSW paper).</summary>
    public static readonly Limit M = new(2, 16, 100);

    /// <summary>Candidates kept while inserting (efConstruction).</summary>
    public static readonly Limit EfConstruction = new(1, 200, 4_096);

    /// <summary>Candidates kept while searching (ef).</summary>
    public static readonly Limit Ef = new(1, 100, 65_536);

    /// <summary>Bytes of one point's payload as stored.</summary>
    public static readonly Limit PayloadBytes = new(0, 1_024, 1 << 20);

    /// <summary>Fields of one point's payload.</summary>
    public static readonly Limit PayloadFields = new(0, 8, 1_024);

    /// <summary>UTF-8 bytes of a payload field's name.</summary>
    public static readonly Limit FieldNameBytes = new(1, 16, 256);

    /// <summary>Lists within lists of a payload value.</summary>
    public static readonly Limit PayloadDepth = new(0, 1, 8);

    /// <summary>Bytes of what a point is made from (text, history, sparse list, media) as stored.</summary>
    public static readonly Limit FeatureBytes = new(0, 1_024, 2 << 20);

    /// <summary>Conditions of one filter.</summary>
    public static readonly Limit FilterConditions = new(0, 0, 1_024);

    /// <summary>Prefetches of one request, those of prefetches counted.</summary>
    public static readonly Limit Prefetches = new(0, 0, 16);

    /// <summary>Prefetches within prefetches.</summary>
    public static readonly Limit PrefetchDepth = new(0, 1, 4);

    /// <summary>Candidates that a prefetch gives.</summary>
    public static readonly Limit PrefetchLimit = new(1, 100, 10_000);

    /// <summary>The k of reciprocal rank fusion.</summary>
    public static readonly Limit FusionK = new(1, 60, 1_000_000);

    /// <summary>Points of one group of answers.</summary>
    public static readonly Limit GroupSize = new(1, 3, 1_000);

    /// <summary>Candidates that diversity chooses from; 0 means four times the limit.</summary>
    public static readonly Limit DiversityCandidates = new(0, 0, 10_000);

    /// <summary>Examples of one query, ids and vectors, positive and negative.</summary>
    public static readonly Limit Examples = new(1, 1, 10_000);

    /// <summary>Queries that an estimate of recall samples.</summary>
    public static readonly Limit RecallSamples = new(1, 100, 1_000);

    /// <summary>Requests whose answers a collection remembers, so that a repeated request is done once.</summary>
    public static readonly Limit RememberedRequests = new(0, 10_000, 1_000_000);

    /// <summary>Points found by exact scan because they are not linked yet; at the bound, writes wait for the linkers.</summary>
    public static readonly Limit UnlinkedPoints = new(1, 8_192, 1_000_000);

    /// <summary>Milliseconds until a write acknowledged as <see cref="Durability.Applied"/> is on disk.</summary>
    public static readonly Limit CommitIntervalMs = new(1, 50, 10_000);

    /// <summary>Generations that stay after the promotion of another, to be gone back to.</summary>
    public static readonly Limit RetainedGenerations = new(0, 1, 4);

    /// <summary>Generations whose data is there at a time: serving, retained, canary and being built.</summary>
    public static readonly Limit LiveGenerations = new(1, 1, Storage.Manifest.MaxGenerations);

    /// <summary>Bytes of a document of a generation.</summary>
    public static readonly Limit DocumentBytes = new(0, 1 << 16, 64 << 20);

    /// <summary>Aliases in one catalog.</summary>
    public static readonly Limit Aliases = new(0, 0, 10_000);

    /// <summary>Changes of aliases in one call.</summary>
    public static readonly Limit AliasActions = new(1, 1, 1_000);

    /// <summary>Collections in one catalog.</summary>
    public static readonly Limit Collections = new(0, 0, 1_000);
}
