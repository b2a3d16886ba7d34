using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace VectorSearch.Cli.Import;

/// <summary>
/// Points from a file of comma-separated values whose first line names the columns: <c>id</c>, the vector as one column
/// <c>vector</c> (numbers between commas or spaces, with or without brackets) or as numbered columns (<c>vector_0</c>,
/// <c>vector_1</c> …), and every other column a payload field.
/// </summary>
internal static partial class CsvSource
{
    public const string IdColumn = "id", VectorColumn = "vector";

    /// <summary>Reads row after row; the file is never held whole.</summary>
    /// <exception cref="CliException">The first line lacks a column, or the file cannot be split into records.</exception>
    public static IEnumerable<ImportRow> Read(string path, RefuseRow refuse)
    {
        Columns? columns = null;
        foreach ((int line, string[] cells) in CsvReader.Read(path))
        {
            if (columns is null)
            {
                columns = Columns.Find(cells, path, needsPoints: true);
                continue;
            }

            RowOrigin origin = new(path, line, IsLine: true);
            ImportRow? row = null;
            try
            {
                if (cells.Length != columns.Count) throw new CliException($"{origin}: {cells.Length} cells; expected {columns.Count} as in the first line.");
                row = new ImportRow(cells[columns.Id], columns.ReadVector(cells, origin), null, columns.ReadPayload(cells), origin);
            }
            catch (CliException fault)
            {
                refuse(fault.Message);
            }

            if (row is not null) yield return row;
        }

        if (columns is null) throw new CliException($"{path} is empty; expected a first line with the names of the columns.");
    }

    /// <summary>Payloads alone, one a record.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, object?>> ReadPayloads(string path)
    {
        Columns? columns = null;
        foreach ((int line, string[] cells) in CsvReader.Read(path))
        {
            if (columns is null)
            {
                columns = Columns.Find(cells, path, needsPoints: false);
                continue;
            }

            if (cells.Length != columns.Count) throw new CliException($"{path}:{line}: {cells.Length} cells; expected {columns.Count} as in the first line.");
            yield return columns.ReadPayload(cells);
        }
    }

    /// <summary>
    /// A cell as a payload value: empty is null; whole numbers and others, true and false, and lists and objects in the JSON
    /// form of payloads are what they look like where they can be written back the same; everything else is text.
    /// </summary>
    internal static object? Value(string cell)
    {
        if (cell.Length == 0) return null;
        if (cell is "true" or "false") return cell == "true";
        if (long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) && integer.ToString(CultureInfo.InvariantCulture) == cell) return integer;
        if (Number().IsMatch(cell) && double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)) return number;
        if (cell[0] is not ('[' or '{')) return cell;
        try
        {
            using JsonDocument document = JsonDocument.Parse($"{{\"cell\":{cell}}}");
            return JsonPayloads.Read(document.RootElement, "cell")["cell"];
        }
        catch (Exception text) when (text is JsonException or CliException)
        {
            return cell; // it only looked like JSON
        }
    }

    [GeneratedRegex("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$")]
    private static partial Regex Number();

    /// <summary>What each column is.</summary>
    private sealed class Columns
    {
        private int[] _vector = [];
        private bool _isOneColumn;
        private (int Column, string Name)[] _payload = [];

        public int Count { get; private init; }

        public int Id { get; private init; }

        public static Columns Find(string[] names, string path, bool needsPoints)
        {
            int id = Array.IndexOf(names, IdColumn), vector = Array.IndexOf(names, VectorColumn);
            (int Column, int Number)[] numbered = [.. names.Select((name, column) => (column, NumberOf(name))).Where(one => one.Item2 >= 0).OrderBy(one => one.Item2)];
            if (needsPoints && id < 0) throw new CliException($"{path}:1: no column '{IdColumn}'; there are {string.Join(", ", names)}.");
            if (needsPoints && vector < 0 && numbered.Length == 0) throw new CliException($"{path}:1: neither a column '{VectorColumn}' nor {VectorColumn}_0, {VectorColumn}_1 …; there are {string.Join(", ", names)}.");
            if (vector < 0 && numbered.Where((one, i) => one.Number != i).Any()) throw new CliException($"{path}:1: the columns {VectorColumn}_0 to {VectorColumn}_{numbered.Length - 1} are not all there once.");
            int[] vectors = !needsPoints ? [] : vector >= 0 ? [vector] : [.. numbered.Select(one => one.Column)];
            return new Columns
            {
                Count = names.Length,
                Id = id,
                _vector = vectors,
                _isOneColumn = vector >= 0,
                _payload = [.. names.Select((name, column) => (column, name)).Where(one => !needsPoints || (one.column != id && !vectors.Contains(one.column)))],
            };
        }

        public float[] ReadVector(string[] cells, RowOrigin origin)
        {
            string[] numbers = _isOneColumn
                ? cells[_vector[0]].Trim('[', ']', ' ').Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : [.. _vector.Select(column => cells[column])];
            float[] vector = new float[numbers.Length];
            for (int i = 0; i < vector.Length; i++)
            {
                if (!float.TryParse(numbers[i], NumberStyles.Float, CultureInfo.InvariantCulture, out vector[i]) || !float.IsFinite(vector[i]))
                    throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{origin}: vector[{i}] is '{numbers[i]}'; expected a finite number."));
            }

            return vector;
        }

        public Dictionary<string, object?> ReadPayload(string[] cells)
        {
            Dictionary<string, object?> payload = new(StringComparer.Ordinal);
            foreach ((int column, string name) in _payload)
            {
                if (Value(cells[column]) is { } value) payload[name] = value;
            }

            return payload;
        }

        private static int NumberOf(string name) =>
            name.StartsWith(VectorColumn + "_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(VectorColumn.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
    }
}
