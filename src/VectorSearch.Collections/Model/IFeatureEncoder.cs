using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Turns features into vectors of one space. Given by the server; safe for use by many threads.</summary>
public interface IFeatureEncoder
{
    /// <summary>Digest of the model.</summary>
    string Model { get; }

    /// <summary>The model's question that is answered, such as <c>items</c>.</summary>
    string Question { get; }

    /// <summary>The space of the vectors it makes.</summary>
    SpaceId Space { get; }

    /// <summary>Coordinates of the vectors it makes.</summary>
    int Dimension { get; }

    /// <summary>How its vectors are compared.</summary>
    Metric Metric { get; }

    /// <summary>Writes the vector of the features.</summary>
    /// <param name="features">What to embed.</param>
    /// <param name="vector"><see cref="Dimension"/> coordinates to fill.</param>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.InvalidArgument"/> if the model cannot make a vector from these features.
    /// </exception>
    void Encode(PointFeatures features, Span<float> vector);

    /// <summary>Copies the row that the model's item table has for an item; false if it has none.</summary>
    /// <param name="item">Name of the item, which is that of a point: a text, or a number in decimal.</param>
    /// <param name="vector"><see cref="Dimension"/> coordinates to fill.</param>
    bool TryReadItem(string item, Span<float> vector) => false;
}

/// <summary>Finds the encoder of a model.</summary>
public interface IFeatureEncoderResolver
{
    /// <summary>The encoder, or null if the server does not have the model or the model does not have the question.</summary>
    IFeatureEncoder? Resolve(string model, string question);
}
