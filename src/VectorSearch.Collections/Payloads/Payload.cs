namespace VectorSearch.Collections;

/// <summary>What is stored beside a vector: named values in ordinal order of their names. Immutable.</summary>
public sealed class Payload : IEquatable<Payload>
{
    private readonly KeyValuePair<string, PayloadValue>[] _fields;

    /// <summary>Takes fields in any order.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public Payload(IEnumerable<KeyValuePair<string, PayloadValue>> fields)
    {
        _fields = [.. fields];
        Array.Sort(_fields, static (x, y) => string.CompareOrdinal(x.Key, y.Key));
        for (int i = 1; i < _fields.Length; i++)
        {
            if (_fields[i].Key == _fields[i - 1].Key)
                throw new ArgumentException($"The payload field '{_fields[i].Key}' occurs twice.", nameof(fields));
        }
    }

    /// <summary>A payload without fields.</summary>
    public static Payload Empty { get; } = new([]);

    /// <summary>The fields in ordinal order of their names.</summary>
    public IReadOnlyList<KeyValuePair<string, PayloadValue>> Fields => _fields;

    /// <summary>Looks up a field.</summary>
    public bool TryGetValue(string name, out PayloadValue value)
    {
        int low = 0, high = _fields.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = string.CompareOrdinal(_fields[middle].Key, name);
            if (order == 0)
            {
                value = _fields[middle].Value;
                return true;
            }

            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        value = default;
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(Payload? other) => other is not null && _fields.AsSpan().SequenceEqual(other._fields);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Payload);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach ((string name, PayloadValue value) in _fields)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
