namespace VectorSearch.Learn;

/// <summary>
/// What a learner hands over: the item vocabulary, tables of vectors, the questions it answers, and its card. Immutable
/// but for the card.
/// </summary>
public sealed class LearnedModel
{
    internal LearnedModel(
        string learner, Vocabulary items, Vocabulary? users, IReadOnlyDictionary<string, VectorTable> tables,
        IEnumerable<ModelQuestion> questions, ModelCard card, Vocabulary? features = null)
    {
        Learner = learner;
        Items = items;
        Users = users;
        Features = features;
        Tables = tables;
        Questions = questions.ToDictionary(question => question.Name, StringComparer.Ordinal);
        Card = card;
    }

    /// <summary>Which learner made it, and its version, such as <c>ials/1</c>.</summary>
    public string Learner { get; }

    /// <summary>The items, in the order of every item table.</summary>
    public Vocabulary Items { get; }

    /// <summary>The users trained on, in the order of the user table; null where the model keeps none.</summary>
    public Vocabulary? Users { get; }

    /// <summary>What items may be told by (genres, tags), in the order of the table of a <see cref="FeatureMap"/>; null where the model has none.</summary>
    public Vocabulary? Features { get; }

    /// <summary>The questions by name.</summary>
    public IReadOnlyDictionary<string, ModelQuestion> Questions { get; }

    /// <summary>Its description.</summary>
    public ModelCard Card { get; set; }

    /// <summary>All tables by name.</summary>
    internal IReadOnlyDictionary<string, VectorTable> Tables { get; }

    /// <summary>The question that places new items, told by what is known of them, among those of another question; null where the model cannot.</summary>
    public ModelQuestion? Placing(ModelQuestion among)
    {
        ArgumentNullException.ThrowIfNull(among);
        if (!Questions.TryGetValue(FeatureMap.QuestionName, out ModelQuestion? features)) return null;
        if (features.TableName == among.TableName) return features;
        // The films of `similar` are those of `history` without their popularity, and so are the places of new ones.
        return features.TableName == PopularityQuery.TableName && among.TableName == "items"
            ? FeatureMap.Question(among, Features!, Tables[FeatureEncoder.TableName].WithoutLastColumn())
            : null;
    }

    /// <summary>The question of a name.</summary>
    /// <exception cref="KeyNotFoundException">The model does not answer it; the message lists those it does.</exception>
    public ModelQuestion Question(string name) =>
        Questions.TryGetValue(name, out ModelQuestion? question)
            ? question
            : throw new KeyNotFoundException($"The model has no question '{name}'; it answers {string.Join(", ", Questions.Keys)}.");
}
