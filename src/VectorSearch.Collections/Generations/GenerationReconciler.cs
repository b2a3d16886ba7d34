using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>
/// Brings a new generation up to date with the serving one. From the moment both take every write, a point differs only if it
/// was written, changed or deleted while the new one was being built; the lineage of the two entries (<see cref="PointEntry.Lineage"/>)
/// tells. So the serving table itself is the list of what is to be done, and no part of the log has to be kept for it.
/// </summary>
internal sealed class GenerationReconciler(LiveGeneration source, LiveGeneration target, GenerationBuilder builder, WritePipeline pipeline)
{
    /// <summary>Points taken over between two writes: a write waits for a fraction of a millisecond.</summary>
    private const int Batch = 64;

    private sealed record Carried(PointEntry Source, float[] Vector, PointBlob? Blob);

    /// <summary>Ends when both hold the same points.</summary>
    /// <exception cref="VectorSearchException">Points cannot be carried over.</exception>
    public async Task RunAsync(Action<RebuildPhase, long, long> tell, CancellationToken cancellation)
    {
        long done = 0;
        while (true)
        {
            PointEntry[] newer = [.. source.Table.Entries().Where(entry => !target.Table.IsAt(entry))];
            PointId[] gone = [.. target.Table.Entries().Select(entry => entry.Id).Concat(target.Table.Missing.Select(pair => pair.Key)).Where(id => !source.Table.TryGet(id, out _))];
            long total = done + newer.Length + gone.Length;
            tell(RebuildPhase.CatchingUp, done, total);
            if (newer.Length + gone.Length == 0) return;
            foreach (PointEntry[] batch in newer.Chunk(Batch))
            {
                List<Carried> carried = Carry(batch);
                await pipeline.BetweenWritesAsync(_ => TakeOver(carried), cancellation).ConfigureAwait(false);
                tell(RebuildPhase.CatchingUp, done += batch.Length, total);
            }

            foreach (PointId[] batch in gone.Chunk(Batch))
            {
                await pipeline.BetweenWritesAsync(at => Drop(batch, at.Sequence), cancellation).ConfigureAwait(false);
                tell(RebuildPhase.CatchingUp, done += batch.Length, total);
            }
        }
    }

    private List<Carried> Carry(PointEntry[] batch)
    {
        List<Carried> carried = [];
        List<PointId> refused = [];
        float[] sent = new float[source.Definition.Dimension];
        using SlotLease lease = source.Table.Index.LeaseSlots();
        foreach (PointEntry entry in batch)
        {
            if (!builder.TryReadSource(entry, sent, out PointFeatures? features)) continue; // changed again: it comes with the next look
            float[] vector = new float[target.Definition.Dimension];
            if (target.Carrier.Carry(entry.Id, source.Definition.Space, sent, features, vector) == CarryKind.None) refused.Add(entry.Id);
            else carried.Add(new Carried(entry, vector, builder.BlobFor(entry)));
        }

        return refused.Count == 0 ? carried : throw RebuildPlan.CannotCarry(refused.Count, source.Table.Count, refused, target.Definition.Space);
    }

    private int TakeOver(List<Carried> carried)
    {
        foreach (Carried one in carried)
        {
            if (!one.Source.IsRetired && !target.Table.IsAt(one.Source)) target.Table.TakeOver(one.Source, one.Vector, one.Blob);
        }

        return carried.Count;
    }

    private int Drop(PointId[] ids, ulong lsn)
    {
        foreach (PointId id in ids)
        {
            if (!source.Table.TryGet(id, out _)) target.Table.Drop(id, lsn);
        }

        return ids.Length;
    }
}
