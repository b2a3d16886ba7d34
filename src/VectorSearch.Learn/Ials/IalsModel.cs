using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>A model of iALS: its questions, and folding in items.</summary>
public static class IalsModel
{
    internal const string Learner = "ials/2";

    /// <summary>Puts the two sides together with their Gram matrices, which folding in needs.</summary>
    internal static LearnedModel Create(InteractionDataset train, InteractionDataset byItem, VectorTable users, VectorTable items, IalsOptions options)
    {
        Dictionary<string, VectorTable> tables = new()
        {
            ["items"] = items,
            ["users"] = users,
            ["audience"] = AudienceVectors.Of(byItem, users, options.Threads),
            ["gram.items"] = GramOf(items, options),
            ["gram.users"] = GramOf(users, options),
        };
        return new LearnedModel(
            Learner, train.Items, train.Users, tables,
            Questions(train.Items, tables, IalsFoldIn.ParametersOf(options, items.Rows), items.Rows),
            ModelCard.Of(train, options.Seed, new Dictionary<string, double>
            {
                ["dimension"] = options.Dimension,
                ["unobserved_weight"] = options.UnobservedWeight,
                ["regularisation"] = options.Regularisation,
                ["regularisation_exponent"] = options.RegularisationExponent,
                ["epochs"] = options.Epochs,
                ["block"] = options.Block,
                ["initial_deviation"] = options.InitialDeviation,
            }));
    }

    /// <summary>
    /// Adds an item that was not there when the model was trained, from the histories of those who watched it. Users keep
    /// their vectors, and every space id stays.
    /// </summary>
    /// <param name="model">A model of iALS with its user table.</param>
    /// <param name="id">Id of the new item.</param>
    /// <param name="watchers">Rows of the users who watched it.</param>
    /// <returns>The model with the item as its last row.</returns>
    /// <exception cref="ArgumentException">The model is of another learner, the id is known, or a user row is out of range.</exception>
    public static LearnedModel FoldInItem(LearnedModel model, string id, ReadOnlySpan<int> watchers)
    {
        if (model.Learner != Learner) throw new ArgumentException($"The model is of '{model.Learner}', expected '{Learner}'.", nameof(model));
        VectorTable items = model.Tables["items"];
        float[] vector = new float[items.Dimension];
        ModelQuestion history = model.Question("history");
        Dictionary<string, double> parameters = new(history.Encoder.Parameters) { ["trained_rows"] = model.Tables["users"].Rows };
        new IalsFoldIn(model.Tables["users"], model.Tables["gram.users"], parameters).Encode(watchers, default, vector);
        Dictionary<string, VectorTable> tables = new(model.Tables)
        {
            ["items"] = items.With(vector),
            ["audience"] = model.Tables["audience"].With(AudienceVectors.Of(watchers, model.Tables["users"])),
        };
        Vocabulary vocabulary = model.Items.With(id);
        ModelQuestion[] questions = Questions(vocabulary, tables, history.Encoder.Parameters, history.TrainedRows);
        if (model.Features is { } features) questions = [.. questions, FeatureMap.Question(questions[^1], features, tables[FeatureEncoder.TableName])];
        return new LearnedModel(Learner, vocabulary, model.Users, tables, questions, model.Card, model.Features);
    }

    private static ModelQuestion[] Questions(
        Vocabulary vocabulary, Dictionary<string, VectorTable> tables, IReadOnlyDictionary<string, double> parameters, int trainedRows)
    {
        VectorTable items = tables["items"], audience = tables["audience"];
        return
        [
            new ModelQuestion(
                "similar", QuestionKind.ItemToItem, Metric.Cosine, "none", "items", items, trainedRows, vocabulary, new MeanOfItems(items)),
            new ModelQuestion(
                "audience", QuestionKind.ItemToItem, Metric.Cosine, "none", "audience", audience, trainedRows, vocabulary, new MeanOfItems(audience)),
            new ModelQuestion(
                "history", QuestionKind.HistoryToItem, Metric.InnerProduct, "none", "items", items, trainedRows, vocabulary,
                new IalsFoldIn(items, tables["gram.items"], parameters)),
        ];
    }

    private static VectorTable GramOf(VectorTable table, IalsOptions options) =>
        IalsFoldIn.GramTable(Gram.Of(table, options.UnobservedWeight, options.Threads, CancellationToken.None), options.Dimension);
}
