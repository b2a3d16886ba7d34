using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Places an item that nobody watched by what is known of it (genres, tags): a linear map from features to the vectors of the
/// items that were watched, fitted by ridge regression, as Gantner et al. map attributes to factors ("Learning Attribute-to-Feature
/// Mappings for Cold-Start Recommendations", ICDM 2010). An item with features F is at Σ over F of w_f / √|F|. In a model it
/// is the question <see cref="QuestionName"/>: what it encodes lies among the items.
/// </summary>
public sealed class FeatureMap
{
    /// <summary>The question of a model that has a map: features → items.</summary>
    public const string QuestionName = "features";

    /// <summary>Most features; their normal equations are held whole.</summary>
    public const int MaxFeatures = 4096;

    private readonly Vocabulary _features;
    private readonly FeatureEncoder _encoder;

    private FeatureMap(Vocabulary features, VectorTable weights)
    {
        _features = features;
        Weights = weights;
        _encoder = new FeatureEncoder(weights);
    }

    /// <summary>Features that have a place.</summary>
    public int Count => _features.Count;

    /// <summary>w, a row for each feature.</summary>
    internal VectorTable Weights { get; }

    /// <summary>Fits the map to a question's item vectors.</summary>
    /// <param name="items">Ids of the items, by row.</param>
    /// <param name="vectors">Their vectors; rows of zeros are left out.</param>
    /// <param name="featuresOf">The features of an item id; empty where nothing is known.</param>
    /// <param name="ridge">Ridge: how many items' worth of doubt each feature meets.</param>
    /// <exception cref="ArgumentException">There is no feature, or there are more than <see cref="MaxFeatures"/>.</exception>
    public static unsafe FeatureMap Fit(Vocabulary items, VectorTable vectors, Func<string, IReadOnlyCollection<string>> featuresOf, double ridge = 5)
    {
        int[] rows = [.. Enumerable.Range(0, vectors.Rows).Where(row => !vectors.IsZero(row) && featuresOf(items[row]).Count > 0)];
        Vocabulary features = NamesOf(rows.Select(row => items[row]), featuresOf);
        int stride = NormalEquations.Stride(features.Count);
        float[] matrix = new float[stride * stride];
        float[][] right = [.. Enumerable.Range(0, vectors.Dimension).Select(_ => new float[stride])];
        foreach (int row in rows)
        {
            int[] of = [.. featuresOf(items[row]).Distinct(StringComparer.Ordinal).Select(features.RowOf)];
            float share = 1 / MathF.Sqrt(of.Length);
            foreach (int i in of)
            {
                foreach (int j in of) matrix[(i * stride) + j] += share * share;
                for (int k = 0; k < vectors.Dimension; k++) right[k][i] += share * vectors[row][k];
            }
        }

        VectorTable weights = new(features.Count, vectors.Dimension);
        fixed (float* a = matrix)
        {
            for (int i = 0; i < features.Count; i++) a[(i * stride) + i] += (float)ridge;
            if (!NormalEquations.TryFactor(a, features.Count, stride)) throw new ArgumentException($"The ridge is {ridge}: expected more than 0.", nameof(ridge));
            for (int k = 0; k < vectors.Dimension; k++)
            {
                fixed (float* b = right[k]) NormalEquations.Solve(a, features.Count, stride, b);
                for (int i = 0; i < features.Count; i++) weights.Writable(i)[k] = right[k][i];
            }
        }

        return new FeatureMap(features, weights);
    }

    /// <summary>The features of some items, in ordinal order.</summary>
    /// <exception cref="ArgumentException">There is none, or there are more than <see cref="MaxFeatures"/>.</exception>
    internal static Vocabulary NamesOf(IEnumerable<string> items, Func<string, IReadOnlyCollection<string>> featuresOf)
    {
        Vocabulary names = new(items.SelectMany(featuresOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return names.Count is > 0 and <= MaxFeatures
            ? names
            : throw new ArgumentException($"The items have {names.Count} features: expected 1 to {MaxFeatures}.", nameof(featuresOf));
    }

    /// <summary>
    /// The model with the question <see cref="QuestionName"/> beside its own: a new item, given as features, gets its vector
    /// without retraining, and may stand among those of every question over the same table. No space id of the other questions changes.
    /// </summary>
    /// <exception cref="ArgumentException">The items have no feature, or more than <see cref="MaxFeatures"/>.</exception>
    public static LearnedModel AddTo(LearnedModel model, ItemFeatures features)
    {
        ModelQuestion history = model.Question("history");
        FeatureMap map = Fit(model.Items, history.Items, features.Of);
        Dictionary<string, VectorTable> tables = new(model.Tables) { [FeatureEncoder.TableName] = map.Weights };
        ModelQuestion[] questions = [.. model.Questions.Values, Question(history, map._features, map.Weights)];
        return new LearnedModel(model.Learner, model.Items, model.Users, tables, questions, model.Card, map._features);
    }

    /// <summary>The question of a map beside another one over the same items.</summary>
    internal static ModelQuestion Question(ModelQuestion beside, Vocabulary features, VectorTable weights) => new(
        QuestionName, QuestionKind.FeaturesToItem, beside.Metric, beside.Normalisation, beside.TableName, beside.Items, beside.TrainedRows,
        beside.Vocabulary, new FeatureEncoder(weights), features);

    /// <summary>Places an item.</summary>
    /// <param name="features">What is known of it; features that no fitted item had are left out.</param>
    /// <param name="vector">Receives the vector; zeros when nothing is known.</param>
    /// <returns>How many features were known.</returns>
    public int Place(IReadOnlyCollection<string> features, Span<float> vector)
    {
        int[] rows = [.. features.Distinct(StringComparer.Ordinal).Where(feature => _features.TryGetRow(feature, out _)).Select(_features.RowOf)];
        _encoder.Encode(rows, default, vector);
        return rows.Length;
    }
}
