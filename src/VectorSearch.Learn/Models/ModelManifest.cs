using System.Text.Json.Serialization;

namespace VectorSearch.Learn;

/// <summary>The JSON of a model file that says how its tables make questions.</summary>
internal sealed record ModelManifest(
    [property: JsonPropertyName("learner")] string Learner,
    [property: JsonPropertyName("questions")] IReadOnlyList<QuestionManifest> Questions)
{
    public static ModelManifest Of(LearnedModel model) =>
        new(model.Learner, [.. model.Questions.Values.OrderBy(q => q.Name, StringComparer.Ordinal).Select(q => QuestionManifest.Of(q, model.Tables))]);

    /// <summary>Builds the model and checks that every space id is that of the weights.</summary>
    public LearnedModel ToModel(Vocabulary items, Vocabulary? users, Vocabulary? features, Dictionary<string, VectorTable> tables, ModelCard card) =>
        new(Learner, items, users, tables, Questions.Select(question => question.ToQuestion(items, users, features, tables)).ToArray(), card, features);
}

/// <summary>One question of a <see cref="ModelManifest"/>.</summary>
internal sealed record QuestionManifest(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("space_id")] string SpaceId,
    [property: JsonPropertyName("dimension")] int Dimension,
    [property: JsonPropertyName("metric")] string Metric,
    [property: JsonPropertyName("normalisation")] string Normalisation,
    [property: JsonPropertyName("table")] string Table,
    [property: JsonPropertyName("trained_rows")] int TrainedRows,
    [property: JsonPropertyName("encoder")] string Encoder,
    [property: JsonPropertyName("encoder_parameters")] IReadOnlyDictionary<string, double> EncoderParameters,
    [property: JsonPropertyName("encoder_tables")] IReadOnlyDictionary<string, string> EncoderTables)
{
    public static QuestionManifest Of(ModelQuestion question, IReadOnlyDictionary<string, VectorTable> tables) => new(
        question.Name, question.Kind.ToString(), question.Space.ToString(), question.Dimension, question.Metric.ToString(),
        question.Normalisation, question.TableName, question.TrainedRows, question.Encoder.Kind,
        new SortedDictionary<string, double>(question.Encoder.Parameters.ToDictionary(), StringComparer.Ordinal),
        new SortedDictionary<string, string>(
            question.Encoder.Tables.ToDictionary(t => t.Key, t => tables.Single(known => ReferenceEquals(known.Value, t.Value)).Key),
            StringComparer.Ordinal));

    public ModelQuestion ToQuestion(Vocabulary items, Vocabulary? users, Vocabulary? features, Dictionary<string, VectorTable> tables)
    {
        VectorTable table = tables[Table];
        if (table.Rows != items.Count || TrainedRows < 0 || TrainedRows > table.Rows || table.Dimension != Dimension)
        {
            throw new FormatException(
                $"question '{Name}': table '{Table}' is {table.Rows} × {table.Dimension} with {TrainedRows} trained rows, " +
                $"expected {items.Count} × {Dimension}.");
        }

        HistoryEncoder encoder = HistoryEncoder.Create(
            Encoder, EncoderParameters, EncoderTables.ToDictionary(t => t.Key, t => tables[t.Value]));
        QuestionKind kind = Enum.Parse<QuestionKind>(Kind);
        ModelQuestion question = new(
            Name, kind, Enum.Parse<VectorSearch.Numerics.Metric>(Metric), Normalisation, Table, table, TrainedRows, items, encoder,
            kind switch
            {
                QuestionKind.UserToItem => users,
                QuestionKind.FeaturesToItem => features ?? throw new FormatException($"question '{Name}': the section {ModelFile.FeaturesSection} is not there."),
                _ => null,
            });
        return question.Space.ToString() == SpaceId
            ? question
            : throw new FormatException($"question '{Name}' says its space is {SpaceId}, its weights make {question.Space}.");
    }
}
