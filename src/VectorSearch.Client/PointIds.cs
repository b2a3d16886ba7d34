using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>A column of ids: all numbers or all strings.</summary>
public readonly struct PointIds
{
    private readonly IReadOnlyList<string>? _texts;
    private readonly ReadOnlyMemory<ulong> _numbers;

    /// <summary>Numbers; they are not copied.</summary>
    public PointIds(ReadOnlyMemory<ulong> numbers) => _numbers = numbers;

    /// <summary>Strings; the list is not copied.</summary>
    public PointIds(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        _texts = texts;
    }

    /// <summary>How many there are.</summary>
    public int Count => _texts?.Count ?? _numbers.Length;

    /// <summary>Numbers.</summary>
    public static implicit operator PointIds(ulong[] numbers) => new(numbers);

    /// <summary>Numbers.</summary>
    public static implicit operator PointIds(ReadOnlyMemory<ulong> numbers) => new(numbers);

    /// <summary>Strings.</summary>
    public static implicit operator PointIds(string[] texts) => new(texts);

    /// <summary>Strings.</summary>
    public static implicit operator PointIds(List<string> texts) => new(texts);

    /// <summary>One id.</summary>
    public static implicit operator PointIds(PointId id) => id.IsNumber ? new((ulong[])[id.Number]) : new([id.Text]);

    /// <summary>One number.</summary>
    public static implicit operator PointIds(ulong number) => new((ulong[])[number]);

    /// <summary>One string.</summary>
    public static implicit operator PointIds(string text) => new([text]);

    /// <summary>A bound on the bytes that a row's id takes in a message.</summary>
    internal int Bytes(int row) => sizeof(ulong) + (_texts is null ? 0 : System.Text.Encoding.UTF8.GetByteCount(_texts[row]));

    internal IdColumn Write(Range rows)
    {
        (int start, int count) = rows.GetOffsetAndLength(Count);
        IdColumn column = new();
        if (_texts is null)
        {
            column.Numbers.Capacity = count;
            foreach (ulong number in _numbers.Span.Slice(start, count)) column.Numbers.Add(number);
        }
        else
        {
            column.Strings.Capacity = count;
            for (int row = start; row < start + count; row++) column.Strings.Add(_texts[row]);
        }

        return column;
    }

    internal static int CountOf(IdColumn column) => column.Strings.Count > 0 ? column.Strings.Count : column.Numbers.Count;

    internal static PointId[] Read(IdColumn? column)
    {
        if (column is null) return [];
        PointId[] ids = new PointId[CountOf(column)];
        for (int i = 0; i < ids.Length; i++) ids[i] = column.Strings.Count > 0 ? new PointId(column.Strings[i]) : new PointId(column.Numbers[i]);
        return ids;
    }
}
