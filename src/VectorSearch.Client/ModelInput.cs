using Google.Protobuf;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>Makes the features that a collection's model turns into a vector, one per point or query.</summary>
public static class ModelInput
{
    /// <summary>Items of the model's vocabulary that go together, such as what a person watched.</summary>
    /// <param name="items">Their ids, as text.</param>
    /// <param name="weights">How much each counts; all 1 if left out.</param>
    public static Features History(IEnumerable<string> items, IEnumerable<float>? weights = null) =>
        new() { History = new History { Items = { items }, Weights = { weights ?? [] } } };

    /// <summary>Named values, such as words with their counts.</summary>
    public static Features Sparse(IReadOnlyDictionary<string, float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new() { Sparse = new SparseFeatures { Names = { values.Keys }, Values = { values.Values } } };
    }

    /// <summary>A text.</summary>
    public static Features Text(string text) => new() { Text = text };

    /// <summary>The bytes of a sound or an image.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="contentType">Their type, such as audio/wav.</param>
    public static Features Media(ReadOnlySpan<byte> data, string contentType) =>
        new() { Media = new Media { Data = ByteString.CopyFrom(data), ContentType = contentType } };
}
