namespace VectorSearch.Index;

/// <summary>Which rows of a layer were live at one moment. Made while writers are kept out; rows never change, so that is all there is to note.</summary>
internal sealed class LayeredMoment
{
    private readonly ulong[] _live;

    public LayeredMoment(Layer layer)
    {
        SealedCount = layer.Rows.Count;
        PlaceCount = layer.Changes.PlaceCount;
        LiveCount = layer.Changes.LiveCount;
        _live = layer.Changes.Live.Copy(PlaceCount);
    }

    public int SealedCount { get; }

    /// <summary>Places of sealed and added rows.</summary>
    public int PlaceCount { get; }

    public int LiveCount { get; }

    /// <summary>The bitmap of live places.</summary>
    public ReadOnlySpan<ulong> Words => _live;

    public bool IsLive(int place) => PlaceBits.Contains(_live, place);
}
