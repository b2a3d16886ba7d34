namespace VectorSearch.Learn;

/// <summary>The names of users or items, each with its row 0…n−1. Immutable; rows keep the order of first appearance.</summary>
public sealed class Vocabulary
{
    private readonly string[] _ids;
    private readonly Dictionary<string, int> _rows;

    /// <summary>Numbers the ids in the order given.</summary>
    /// <exception cref="ArgumentException">An id is empty or comes twice; the message names it.</exception>
    public Vocabulary(IEnumerable<string> ids)
    {
        _ids = [.. ids];
        _rows = new Dictionary<string, int>(_ids.Length, StringComparer.Ordinal);
        for (int row = 0; row < _ids.Length; row++)
        {
            if (_ids[row].Length == 0) throw new ArgumentException($"The id of row {row} is empty.", nameof(ids));
            if (!_rows.TryAdd(_ids[row], row))
                throw new ArgumentException($"Id '{_ids[row]}' comes twice, at rows {_rows[_ids[row]]} and {row}.", nameof(ids));
        }
    }

    /// <summary>How many ids there are.</summary>
    public int Count => _ids.Length;

    /// <summary>The ids by row.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>The id of a row.</summary>
    public string this[int row] => _ids[row];

    /// <summary>The row of an id; false when the vocabulary lacks it.</summary>
    public bool TryGetRow(string id, out int row) => _rows.TryGetValue(id, out row);

    /// <summary>The row of an id.</summary>
    /// <exception cref="KeyNotFoundException">The vocabulary lacks the id; the message names it.</exception>
    public int RowOf(string id) =>
        _rows.TryGetValue(id, out int row) ? row : throw new KeyNotFoundException($"Id '{id}' is not among the {Count} known ids.");

    /// <summary>This vocabulary with further ids at its end.</summary>
    /// <exception cref="ArgumentException">An id is empty or is there already.</exception>
    public Vocabulary With(params IEnumerable<string> ids) => new(_ids.Concat(ids));
}
