using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace VectorSearch.Grpc;

/// <summary>
/// The metadata of a call: names and values before the first message (headers) or after the last (trailers). Names are
/// lower case and may come more than once; their order is kept, though text values of one name may arrive as one value
/// with commas. Not safe for concurrent changes.
/// </summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "Metadata is the protocol's own word.")]
public sealed class GrpcMetadata : IReadOnlyCollection<GrpcMetadataEntry>
{
    /// <summary>The end of a name whose values are bytes.</summary>
    public const string BinarySuffix = "-bin";

    /// <summary>Names with this start belong to the protocol.</summary>
    public const string ReservedPrefix = "grpc-";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    private readonly List<GrpcMetadataEntry> _entries = [];

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a text value.</summary>
    /// <param name="name">Letters, digits, '-', '_' and '.', not ending in <c>-bin</c>; made lower case.</param>
    /// <param name="value">Printable ASCII (0x20 to 0x7E).</param>
    /// <exception cref="ArgumentException">The name or the value has other characters, or the name is the protocol's own.</exception>
    public void Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        name = CheckName(name);
        if (name.EndsWith(BinarySuffix, StringComparison.Ordinal))
            throw new ArgumentException($"The value of '{name}' must be bytes, because its name ends in '{BinarySuffix}'.", nameof(value));
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException($"The value of '{name}' must be printable ASCII; send other text under a name that ends in '{BinarySuffix}'.", nameof(value));
        _entries.Add(new(name, value));
    }

    /// <summary>Adds a binary value; the bytes are copied.</summary>
    /// <param name="name">As for text, but ending in <c>-bin</c>.</param>
    /// <param name="value">Any bytes.</param>
    /// <exception cref="ArgumentException">The name has other characters or another end.</exception>
    public void Add(string name, ReadOnlySpan<byte> value)
    {
        name = CheckName(name);
        if (!name.EndsWith(BinarySuffix, StringComparison.Ordinal))
            throw new ArgumentException($"A name with a binary value must end in '{BinarySuffix}', '{name}' does not.", nameof(name));
        _entries.Add(new(name, value.ToArray()));
    }

    /// <summary>The last text value under a name, or null.</summary>
    public string? GetValue(string name)
    {
        GrpcMetadataEntry? entry = Find(name);
        return entry?.Value;
    }

    /// <summary>The last binary value under a name, or null. Not to be changed.</summary>
    public byte[]? GetBytes(string name)
    {
        GrpcMetadataEntry? entry = Find(name);
        return entry is { IsBinary: true } ? entry.Value.Bytes : null;
    }

    /// <inheritdoc/>
    public IEnumerator<GrpcMetadataEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Adds a header as it came over the wire: base64 is decoded, and a list of base64 values gives one entry each.
    /// Names of the protocol and of HTTP are the caller's to leave out.
    /// </summary>
    /// <exception cref="FormatException">A binary value is not base64.</exception>
    internal void AddReceived(string name, string value)
    {
        name = name.ToLowerInvariant();
        if (!name.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            _entries.Add(new(name, value));
            return;
        }

        foreach (Range part in value.AsSpan().Split(','))
            _entries.Add(new(name, BinaryHeader.Decode(value.AsSpan()[part])));
    }

    internal void AddAll(GrpcMetadata other) => _entries.AddRange(other._entries);

    private GrpcMetadataEntry? Find(string name)
    {
        for (int i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return _entries[i];
        }

        return null;
    }

    private static string CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        name = name.ToLowerInvariant();
        if (name.AsSpan().ContainsAnyExcept(NameCharacters))
            throw new ArgumentException($"A metadata name has letters, digits, '-', '_' and '.' only, '{name}' has others.", nameof(name));
        if (name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            throw new ArgumentException($"Names that start with '{ReservedPrefix}' belong to the protocol, '{name}' does.", nameof(name));
        return name;
    }
}
