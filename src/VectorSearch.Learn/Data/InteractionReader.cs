using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// Reads interactions from MovieLens CSV, rows <c>user item [rating] [time]</c> or adjacency lines
/// <c>user item item …</c>, plain or gzip. Strict: what does not fit is refused with file, line and column.
/// </summary>
public sealed class InteractionReader
{
    private const int ProgressLines = 1 << 16;

    private readonly string _path;
    private readonly InteractionReadOptions _options;
    private readonly VocabularyBuilder _users = new();
    private readonly VocabularyBuilder _items = new();
    private readonly InteractionDatasetBuilder _interactions = new();
    private InteractionLayout _layout;
    private long _line;

    private InteractionReader(string path, InteractionReadOptions options)
    {
        _path = path;
        _options = options;
        if (options.Users is not null) _users.AddAll(options.Users);
        if (options.Items is not null) _items.AddAll(options.Items);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFormatException">The file cannot be read; says where and what was expected.</exception>
    public static InteractionDataset Read(
        string path, InteractionReadOptions? options = null, IProgress<LearnProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new InteractionReader(path, options ?? new InteractionReadOptions()).Read(progress, cancellationToken);

    /// <summary>The layout of a file, told from its first lines.</summary>
    /// <exception cref="DataFormatException">The file cannot be read.</exception>
    public static InteractionFormat Detect(string path)
    {
        using ByteLineReader lines = new(path);
        return InteractionLayout.Detect(InteractionLayout.Sample(lines), InteractionFormat.Auto, path).Format;
    }

    private InteractionDataset Read(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using ByteLineReader lines = new(_path);
        List<byte[]> sample = InteractionLayout.Sample(lines);
        _layout = InteractionLayout.Detect(sample, _options.Format, _path);
        if (_options.TextIds) _layout = _layout with { NumericUsers = false, NumericItems = false };
        for (_line = 1; _line <= sample.Count; _line++)
        {
            if (_line > 1 || !_layout.HasHeader) ReadLine(sample[(int)_line - 1]);
        }

        while (lines.TryReadLine(out ReadOnlySpan<byte> line))
        {
            _line = lines.LineNumber;
            ReadLine(line);
            if (_line % ProgressLines != 0) continue;
            cancellationToken.ThrowIfCancellationRequested();
            (long done, long total) = lines.Position;
            progress?.Report(new LearnProgress("read", done, total, Stopwatch.GetElapsedTime(started)));
        }

        if (_interactions.Count == 0) throw new DataFormatException(_path, 0, 0, "holds no interactions.");
        return _interactions.Build(Final(_options.Users, _users), Final(_options.Items, _items));
    }

    private static Vocabulary Final(Vocabulary? known, VocabularyBuilder builder) =>
        known is not null && known.Count == builder.Count ? known : builder.ToVocabulary();

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (_line == 1 && line.StartsWith("\uFEFF"u8)) line = line[3..];
        if (line.Trim(" \t"u8).IsEmpty) return;
        FieldReader fields = new(line, _layout.Delimiter);
        ReadOnlySpan<byte> userField = Required(ref fields, "a user id");
        int user = Row(userField, fields.Column, _users, _options.Users, _layout.NumericUsers, "user");
        if (_layout.Format == InteractionFormat.Adjacency) ReadAdjacent(ref fields, user);
        else ReadRow(ref fields, user);
    }

    private void ReadAdjacent(ref FieldReader fields, int user)
    {
        while (fields.TryNext(out ReadOnlySpan<byte> field))
            _interactions.Add(user, Row(field, fields.Column, _items, _options.Items, _layout.NumericItems, "item"));
    }

    private void ReadRow(ref FieldReader fields, int user)
    {
        ReadOnlySpan<byte> itemField = Required(ref fields, "an item id");
        int itemColumn = fields.Column;
        float? rating = null;
        long? time = null;
        if (fields.TryNext(out ReadOnlySpan<byte> field))
        {
            if (!Utf8Parser.TryParse(field, out float value, out int used) || used != field.Length || !float.IsFinite(value))
                throw Fault(fields.Column, $"'{Text(field)}' is not a rating: expected a finite number.");
            rating = value;
        }

        if (fields.TryNext(out field))
        {
            // Some sets write seconds with a fraction.
            if (!Utf8Parser.TryParse(field, out double value, out int used) || used != field.Length || Math.Abs(value) > long.MaxValue / 2)
                throw Fault(fields.Column, $"'{Text(field)}' is not a time: expected seconds since 1970.");
            time = (long)value;
        }

        if (fields.TryNext(out field))
            throw Fault(fields.Column, $"'{Text(field)}' is one field too many: expected user, item, and at most a rating and a time.");
        if (_options.MinRating is { } least)
        {
            if (rating is null) throw Fault(0, $"has no rating, and only ratings of {least} and more are wanted.");
            if (rating < least) return;
        }

        int item = Row(itemField, itemColumn, _items, _options.Items, _layout.NumericItems, "item");
        _interactions.Add(user, item, rating, time);
    }

    private int Row(
        ReadOnlySpan<byte> id, int column, VocabularyBuilder builder, Vocabulary? known, bool numeric, string kind)
    {
        if (id.IsEmpty) throw Fault(column, $"the {kind} id is empty.");
        if (numeric && !InteractionLayout.IsNumber(id))
        {
            throw Fault(
                column, $"'{Text(id)}' is not a number, as the {kind} ids of the first lines are; if ids are texts, say so (TextIds).");
        }

        int before = builder.Count;
        int row = builder.GetOrAdd(id);
        if (known is not null && row == before && _options.Unknown == UnknownIds.Refuse)
            throw Fault(column, $"{kind} '{Text(id)}' is not among the {known.Count} {kind}s that the training data has.");
        return row;
    }

    private ReadOnlySpan<byte> Required(ref FieldReader fields, string what)
    {
        if (fields.TryNext(out ReadOnlySpan<byte> field)) return field;
        throw Fault(fields.Column, $"the line ends where {what} was expected.");
    }

    private DataFormatException Fault(int column, string problem) => new(_path, _line, column, problem);

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.Length > 40 ? field[..40] : field);
}
