using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>What an encoder consists of, by name: what a model file keeps of it.</summary>
internal sealed record EncoderParts
{
    /// <summary>Numbers: preprocessing and form. All are part of the space.</summary>
    public IReadOnlyDictionary<string, double> Parameters { get; init; } = new Dictionary<string, double>();

    /// <summary>Lists of names, such as classes or columns.</summary>
    public IReadOnlyDictionary<string, Vocabulary> Vocabularies { get; init; } = new Dictionary<string, Vocabulary>();

    /// <summary>Hashes of features by row. All are part of the space.</summary>
    public IReadOnlyDictionary<string, ulong[]> Keys { get; init; } = new Dictionary<string, ulong[]>();

    /// <summary>Tables that make the vector: part of the space.</summary>
    public IReadOnlyDictionary<string, VectorTable> Weights { get; init; } = new Dictionary<string, VectorTable>();

    /// <summary>Tables that read the vector, such as a softmax on top: they move no vector and are no part of the space.</summary>
    public IReadOnlyDictionary<string, VectorTable> Head { get; init; } = new Dictionary<string, VectorTable>();

    /// <summary>The space of unit vectors under cosine that these parts make.</summary>
    public SpaceId ToSpace(string kind, int dimension)
    {
        using SpaceDigest digest = new(kind, "encoder", dimension, Metric.Cosine, "unit-l2");
        foreach ((string name, double value) in Parameters.OrderBy(p => p.Key, StringComparer.Ordinal)) digest.Add("parameter." + name, value);
        foreach ((string name, ulong[] keys) in Keys.OrderBy(p => p.Key, StringComparer.Ordinal))
            digest.Add("keys." + name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(keys.AsSpan()));
        foreach ((string name, VectorTable table) in Weights.OrderBy(p => p.Key, StringComparer.Ordinal))
            digest.Add("weights." + name, table.ToCompact(table.Rows));
        return digest.ToSpaceId();
    }
}
