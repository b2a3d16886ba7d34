using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>How a point gets its vector in another generation.</summary>
internal enum CarryKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The vector is of the generation's space already.</summary>
    Vector,

    /// <summary>Its features are encoded.</summary>
    Features,

    /// <summary>The model has a row for the item that the point is named after.</summary>
    Item,

    /// <summary>A bridge maps the vector.</summary>
    Bridge,
}

/// <summary>
/// Carries points into the space of a generation: the vector itself if it is of that space, or what the generation's own
/// model makes of what the client sent, or the bridge. The one place that decides it, for rebuilds and for live writes.
/// </summary>
internal sealed class PointCarrier(CollectionDefinition definition, IFeatureEncoderResolver? encoders, IVectorBridge? bridge)
{
    private IFeatureEncoder? _encoder;

    public SpaceId Space => definition.Space;

    /// <summary>How a point would be carried, found without encoding anything; what it is named after is looked up.</summary>
    public CarryKind Plan(PointId id, SpaceId sentSpace, bool hasFeatures, Span<float> scratch)
    {
        if (sentSpace == definition.Space) return CarryKind.Vector;
        if (Encoder is { } encoder)
        {
            if (hasFeatures) return CarryKind.Features;
            if (encoder.TryReadItem(ItemOf(id), scratch) && IsGood(scratch)) return CarryKind.Item;
        }

        return bridge?.From == sentSpace ? CarryKind.Bridge : CarryKind.None;
    }

    /// <summary>Writes the point's vector.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="sentSpace">The space of <paramref name="sent"/>.</param>
    /// <param name="sent">Its vector as it was sent, or as a model made it.</param>
    /// <param name="features">What it was made from; null if it came as a vector.</param>
    /// <param name="vector">Receives the vector.</param>
    public CarryKind Carry(PointId id, SpaceId sentSpace, ReadOnlySpan<float> sent, PointFeatures? features, Span<float> vector)
    {
        if (sentSpace == definition.Space)
        {
            sent.CopyTo(vector);
            return CarryKind.Vector;
        }

        if (Encoder is { } encoder)
        {
            if (features is not null && TryEncode(encoder, features, vector)) return CarryKind.Features;
            if (encoder.TryReadItem(ItemOf(id), vector) && IsGood(vector)) return CarryKind.Item;
        }

        if (bridge?.From != sentSpace) return CarryKind.None;
        bridge.Map(sent, vector);
        return IsGood(vector) ? CarryKind.Bridge : CarryKind.None;
    }

    /// <summary>The generation's encoder; null without a model, or while the server does not have it.</summary>
    private IFeatureEncoder? Encoder
    {
        get
        {
            if (_encoder is not null || definition.Model.Length == 0) return _encoder;
            IFeatureEncoder? found = encoders?.Resolve(definition.Model, definition.Question);
            return _encoder = found?.Space == definition.Space && found.Dimension == definition.Dimension ? found : null;
        }
    }

    private static string ItemOf(PointId id) => id.Kind == IdKind.Text ? id.Text : id.Number.ToString(CultureInfo.InvariantCulture);

    private bool TryEncode(IFeatureEncoder encoder, PointFeatures features, Span<float> vector)
    {
        try
        {
            encoder.Encode(features, vector);
        }
        catch (VectorSearchException e) when (e.Code == ErrorCode.InvalidArgument)
        {
            return false; // this model has no vector for it, another way may
        }

        return IsGood(vector);
    }

    private bool IsGood(ReadOnlySpan<float> vector) => VectorGuard.FindFault(vector, definition.Dimension, definition.Metric) is null;
}
