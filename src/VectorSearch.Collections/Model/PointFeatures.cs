namespace VectorSearch.Collections;

/// <summary>
/// What a model makes a vector from. Log and snapshot keep it as it came, so that a later model can embed it again.
/// </summary>
public abstract record PointFeatures
{
    private PointFeatures()
    {
    }

    /// <summary>Items that go together, such as what a user watched.</summary>
    /// <param name="Items">Items of the model's vocabulary.</param>
    /// <param name="Weights">How much each counts; empty means 1 each.</param>
    public sealed record History(IReadOnlyList<string> Items, IReadOnlyList<float> Weights) : PointFeatures;

    /// <summary>Named values, such as the words of an ad with their counts.</summary>
    /// <param name="Names">Names of the model's vocabulary.</param>
    /// <param name="Values">A value per name; empty means 1 each.</param>
    public sealed record Sparse(IReadOnlyList<string> Names, IReadOnlyList<float> Values) : PointFeatures;

    /// <summary>A text.</summary>
    /// <param name="Content">The text.</param>
    public sealed record Text(string Content) : PointFeatures;

    /// <summary>A sound or an image.</summary>
    /// <param name="Data">Its bytes.</param>
    /// <param name="ContentType">Its type, such as <c>audio/wav</c>.</param>
    public sealed record Media(ReadOnlyMemory<byte> Data, string ContentType) : PointFeatures;
}
