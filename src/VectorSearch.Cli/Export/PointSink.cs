using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using VectorSearch.Cli.Import;
using VectorSearch.Client;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Export;

/// <summary>Takes points one by one and writes them in the form that a file's ending says; <c>import</c> reads each of them.</summary>
internal abstract class PointSink : IDisposable
{
    /// <summary>Endings that there are forms for.</summary>
    public const string Endings = ".jsonl, .csv, .npy, .fvecs, .fbin";

    private static readonly UTF8Encoding PlainUtf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>A sink for a file.</summary>
    /// <param name="path">The file to make.</param>
    /// <param name="form">The name whose ending says the form: the file may have a name of its own until it is whole.</param>
    /// <param name="dimension">Numbers of a vector.</param>
    /// <param name="fields">Payload fields that become columns of a .csv; other forms take every field there is.</param>
    public static PointSink Open(string path, string form, int dimension, IReadOnlyList<string> fields) => Path.GetExtension(form).ToLowerInvariant() switch
    {
        ".jsonl" => new JsonLines(path),
        ".csv" => new Csv(path, fields),
        ".npy" or ".fvecs" or ".fbin" => new VectorRows(path, dimension),
        string other => throw new CliException($"--out ends in '{other}'; expected {Endings}."),
    };

    /// <summary>True if the form has columns, whose names must be known before the first point.</summary>
    public static bool NeedsFields(string form) => form.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes a point.</summary>
    public abstract void Write(Point point);

    /// <summary>Ends the file.</summary>
    public abstract void Dispose();

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) write(json);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>One object a line: everything there is of a point, to the same values.</summary>
    private sealed class JsonLines(string path) : PointSink
    {
        private readonly StreamWriter _file = new(path, append: false, PlainUtf8, 1 << 16);

        public override void Write(Point point) => _file.Write(Json(json =>
        {
            json.WriteStartObject();
            if (point.Id.IsNumber) json.WriteNumber("id", point.Id.Number);
            else json.WriteString("id", point.Id.Text);
            json.WriteStartArray("vector");
            foreach (float value in point.Vector.Span) json.WriteNumberValue(value);
            json.WriteEndArray();
            if (point.Payload is { Count: > 0 } payload)
            {
                json.WritePropertyName("payload");
                JsonPayloads.Write(json, payload);
            }

            json.WriteEndObject();
        }) + "\n");

        public override void Dispose() => _file.Dispose();
    }

    /// <summary>A line of cells a point: id, payload fields, vector.</summary>
    private sealed class Csv : PointSink
    {
        private readonly StreamWriter _file;
        private readonly IReadOnlyList<string> _fields;

        public Csv(string path, IReadOnlyList<string> fields)
        {
            _fields = fields;
            _file = new StreamWriter(path, append: false, PlainUtf8, 1 << 16);
            WriteLine([CsvSource.IdColumn, .. fields, CsvSource.VectorColumn]);
        }

        public override void Write(Point point) => WriteLine(
        [
            point.Id.ToString(),
            .. _fields.Select(field => Cell(point.Payload?.GetValueOrDefault(field))),
            string.Join(' ', point.Vector.ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture))),
        ]);

        public override void Dispose() => _file.Dispose();

        private static string Cell(object? value) => value switch
        {
            null => "",
            string text => text,
            _ => Json(json => JsonPayloads.WriteValue(json, value)),
        };

        private void WriteLine(IEnumerable<string> cells) => _file.Write(string.Join(',', cells.Select(Quoted)) + "\n");

        private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }

    /// <summary>Vectors alone, with the ids in FILE.ids and the payloads in FILE.payloads.jsonl beside them.</summary>
    private sealed class VectorRows(string path, int dimension) : PointSink
    {
        private readonly VectorRowWriter _vectors = new(path, dimension);
        private readonly StreamWriter _ids = new(path + ".ids", append: false, PlainUtf8, 1 << 16);
        private readonly StreamWriter _payloads = new(path + ".payloads.jsonl", append: false, PlainUtf8, 1 << 16);

        public override void Write(Point point)
        {
            _vectors.Write(point.Vector.Span);
            _ids.Write(point.Id.ToString() + "\n");
            _payloads.Write(Json(json => JsonPayloads.Write(json, point.Payload ?? new Dictionary<string, object?>())) + "\n");
        }

        public override void Dispose()
        {
            _vectors.Dispose();
            _ids.Dispose();
            _payloads.Dispose();
        }
    }
}
