using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using VectorSearch.Collections;
using VectorSearch.Numerics;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Bridges;

/// <summary>
/// Which bridges are open. What is known of a generation's bridge (recall, on or off, until when) is a document of the
/// generation, read once and kept.
/// </summary>
internal sealed class BridgeDesk(TimeProvider time)
{
    private const string Document = "bridge-state";

    private readonly ConditionalWeakTable<Collection, ConcurrentDictionary<ulong, Proto.Bridge>> _known = [];

    /// <summary>What is known of a generation's bridge; null if it has none.</summary>
    public Proto.Bridge? Find(Collection collection, ulong generation)
    {
        ConcurrentDictionary<ulong, Proto.Bridge> known = _known.GetOrCreateValue(collection);
        if (!known.TryGetValue(generation, out Proto.Bridge? bridge))
        {
            if (collection.ReadDocument(generation, Document) is not { } bytes) return null;
            bridge = known.GetOrAdd(generation, Proto.Bridge.Parser.ParseFrom(bytes));
        }

        if (!bridge.Enabled || bridge.ExpireTime is null || bridge.ExpireTime.ToDateTimeOffset() > time.GetUtcNow()) return bridge;
        Proto.Bridge expired = bridge.Clone();
        expired.Enabled = false;
        return expired;
    }

    /// <summary>Keeps what is known of a generation's bridge.</summary>
    public void Keep(Collection collection, ulong generation, Proto.Bridge bridge)
    {
        collection.WriteDocument(generation, Document, bridge.ToByteArray());
        _known.GetOrCreateValue(collection)[generation] = bridge;
    }

    /// <summary>Switches the bridge of the generation that answers.</summary>
    /// <param name="collection">Of this collection.</param>
    /// <param name="enabled">On or off.</param>
    /// <param name="grace">How long it stays on; null for no end.</param>
    /// <exception cref="VectorSearchException">It has no bridge.</exception>
    public Proto.Bridge Switch(Collection collection, bool enabled, TimeSpan? grace)
    {
        using GenerationReader serving = collection.Pin();
        Proto.Bridge bridge = (Find(collection, serving.Number) ?? throw new VectorSearchException(
            ErrorCode.FailedPrecondition,
            $"Generation {serving.Number} of '{collection.Name}' has no bridge: it is the first one, or of the same space as the one before, or no map was found that is worth keeping.")).Clone();
        bridge.Enabled = enabled;
        bridge.ExpireTime = enabled && grace is { } stay ? Timestamp.FromDateTimeOffset(time.GetUtcNow() + stay) : null;
        Keep(collection, serving.Number, bridge);
        return bridge;
    }

    /// <summary>The bridge that a call with vectors of a space may take into a generation; null if it needs none or may not.</summary>
    public (BridgeMap Map, double Recall)? Open(Collection collection, GenerationReader reader, SpaceId asked)
    {
        if (asked.IsEmpty || asked == reader.Space || reader.Bridge is not BridgeMap map || map.From != asked) return null;
        return Find(collection, reader.Number) is { Enabled: true } bridge ? (map, bridge.Recall) : null;
    }
}
