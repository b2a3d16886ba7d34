namespace VectorSearch.Learn;

/// <summary>
/// Walks the fields of a line. A comma ends exactly one field; spaces and tabs (delimiter 0) may come in runs.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> line, byte delimiter)
{
    private readonly ReadOnlySpan<byte> _line = line;
    private int _next;

    /// <summary>Column of the field read last, from 1; past the end after the last field.</summary>
    public int Column { get; private set; } = 1;

    public bool TryNext(out ReadOnlySpan<byte> field)
    {
        if (delimiter == 0)
        {
            while (_next < _line.Length && IsBlank(_line[_next])) _next++;
        }

        Column = Math.Min(_next, _line.Length) + 1;
        if (delimiter == 0 ? _next >= _line.Length : _next > _line.Length)
        {
            field = default;
            return false;
        }

        int start = _next;
        if (delimiter == 0)
        {
            while (_next < _line.Length && !IsBlank(_line[_next])) _next++;
            field = _line[start.._next];
        }
        else
        {
            int length = _line[start..].IndexOf(delimiter);
            if (length < 0) length = _line.Length - start;
            field = _line.Slice(start, length);
            _next = start + length + 1;
        }

        return true;
    }

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';
}
