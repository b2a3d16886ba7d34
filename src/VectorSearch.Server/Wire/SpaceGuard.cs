using System.Runtime.CompilerServices;
using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Wire;

/// <summary>
/// Keeps vectors of one space from being compared with those of another, and tells whoever sent them what to do. The
/// collection itself checks again when the call has its place; what is said here is said better.
/// </summary>
internal static class SpaceGuard
{
    private static readonly ConditionalWeakTable<Collection, History> Histories = [];

    /// <summary>Whether a collection has had other spaces than the one of a generation.</summary>
    private sealed record History(ulong Generation, bool HadOthers);

    /// <summary>Refuses a call that names another space.</summary>
    /// <exception cref="VectorSearchException">It does; names both, and says what to do.</exception>
    public static void Refuse(Collection collection, SpaceId serving, SpaceId asked)
    {
        if (asked.IsEmpty || asked == serving) return;
        throw new VectorSearchException(
            ErrorCode.FailedPrecondition, "context.space_id", asked.ToString(), $"{serving}, the space of collection '{collection.Name}'; {Advice(collection, asked)}");
    }

    /// <summary>Refuses a query that names another space; that of a canary is none, since the canary may answer.</summary>
    /// <exception cref="VectorSearchException">It does; names both, and says what to do.</exception>
    public static void RefuseQuery(Collection collection, SpaceId serving, SpaceId asked)
    {
        if (asked.IsEmpty || asked == serving) return;
        if (!collection.Generations.Any(one => one.State == GenerationState.Canary && one.Space == asked)) Refuse(collection, serving, asked);
    }

    /// <summary>The space of the vectors of a call: the one it names, or that of the generation, where there never was another.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="serving">The generation that answers.</param>
    /// <param name="asked">The space that the call names; the default for none.</param>
    /// <exception cref="VectorSearchException">The call must say of which space its vectors are, and does not.</exception>
    public static SpaceId OfVectors(Collection collection, GenerationReader serving, SpaceId asked)
    {
        if (!asked.IsEmpty) return asked;
        if (!HadOthers(collection, serving)) return serving.Space;
        throw new VectorSearchException(
            ErrorCode.FailedPrecondition, "context.space_id", "nothing",
            $"the space that the vectors are of: '{collection.Name}' has answered in several, now in {serving.Space}, and vectors of one length may be of any");
    }

    private static string Advice(Collection collection, SpaceId asked)
    {
        if (collection.Generations.FirstOrDefault(one => one.Space == asked) is not { } old) return "vectors of two spaces can't be compared";
        string model = collection.Definition.Model is { Length: > 0 } digest ? $"encode with model {digest}, ask by features or ids, " : "make vectors of that space, ask by ids, ";
        return $"what came is the space of generation {old.Number}, which does not answer any more: {model}or have the bridge switched on";
    }

    private static bool HadOthers(Collection collection, GenerationReader serving)
    {
        if (Histories.TryGetValue(collection, out History? known) && known.Generation == serving.Number) return known.HadOthers;
        History history = new(serving.Number, collection.Generations.Any(one => one.Space != serving.Space && HasServed(one)));
        Histories.AddOrUpdate(collection, history);
        return history.HadOthers;
    }

    /// <summary>The first generation serves from the start.</summary>
    private static bool HasServed(Generation generation) => generation.Number == 1 || generation.Served is not null;
}
