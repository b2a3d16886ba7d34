using VectorSearch.Collections;
using VectorSearch.Numerics;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>What every request may carry and every reply tells.</summary>
internal static class Contexts
{
    /// <summary>The space a request names; the default if it names none.</summary>
    /// <exception cref="VectorSearchException">The text is not a space id.</exception>
    public static SpaceId Space(Proto.RequestContext? context)
    {
        string text = context?.SpaceId ?? "";
        if (text.Length == 0) return default;
        return SpaceId.TryParse(text, out SpaceId space)
            ? space
            : throw new VectorSearchException(ErrorCode.InvalidArgument, "context.space_id", $"'{text}'", "sha256:… or client:name@version, as the collection tells it");
    }

    /// <summary>The request id of a write; null if there is none.</summary>
    public static string? RequestId(Proto.RequestContext? context) => string.IsNullOrEmpty(context?.RequestId) ? null : context.RequestId;

    /// <summary>What a reply tells: all three of one generation, the one that answered.</summary>
    public static Proto.ReplyContext Reply(SpaceId space, ulong generation, ulong lsn) =>
        new() { SpaceId = space.ToString(), Generation = generation, Lsn = lsn };

    /// <summary>What a reply of this collection tells, as it is now.</summary>
    public static Proto.ReplyContext Reply(Collection collection)
    {
        CollectionStatus status = collection.Status;
        return Reply(status.Space.IsEmpty ? collection.Definition.Space : status.Space, status.Generation, status.Lsn);
    }

    /// <summary>Ends when reads reflect the write that the request asks for.</summary>
    public static Task WaitAsync(Collection collection, Proto.RequestContext? context, CancellationToken cancellation) =>
        context is null || context.MinLsn == 0 ? Task.CompletedTask : collection.WaitForLsnAsync(context.MinLsn, cancellation);

    /// <summary>Holds a request to the space that it names.</summary>
    /// <exception cref="VectorSearchException">It is not the collection's.</exception>
    public static void RefuseOtherSpace(Collection collection, Proto.RequestContext? context) =>
        SpaceGuard.Refuse(collection, collection.Definition.Space, Space(context));
}
