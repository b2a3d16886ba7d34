using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>Looks over a finished index: every row in one list, every list within reach, rows findable.</summary>
internal static class SealedAuditor
{
    private const int SampleRows = 200;

    public static SealedAudit Run(SealedIndex index, int rows)
    {
        var seen = new SlotSet(index.SlotBound);
        var misplaced = Math.Abs(rows - index.Parts.Ids.Length);
        foreach (var slot in index.Parts.Ids)
            if (!seen.Add(slot)) misplaced++;

        return new SealedAudit(index.Parts.Tree.Unreachable(index.Lists), misplaced, SelfRecall(index));
    }

    /// <summary>
    /// Mends what can be mended: where even the greatest effort does not find rows by their own vectors, because the errors of
    /// the estimates have long tails, it gets a greater one above it that measures every row. A row in no list or in two cannot be.
    /// </summary>
    /// <returns>What the audit finds afterwards.</returns>
    public static SealedAudit Repair(SealedIndex index, int rows, SealedAudit audit)
    {
        const float AnySlack = 1e9f;
        if (audit.IsSound || audit.SelfRecall >= SealedAudit.MinSelfRecall) return audit;
        var last = index.Parts.Efforts[^1];
        index.Parts.Efforts = [.. index.Parts.Efforts, last with { Probes = index.Lists, Slack = AnySlack, Recall = 1, Assured = 1, Reach = 0 }];
        return Run(index, rows);
    }

    /// <summary>A row is found if a hit is as near as the row itself: of equal rows any may come first.</summary>
    private static double SelfRecall(SealedIndex index)
    {
        if (index.Count == 0) return 1;
        var random = new Xoshiro256(index.Parts.Seed, 0xD1);
        var query = new float[index.Dimension];
        var hit = new Neighbor[1];
        var exact = new Neighbor[1];
        var sample = Math.Min(SampleRows, index.Count);
        var found = 0;
        var filter = new SlotSet(index.Count);
        for (var i = 0; i < sample; i++)
        {
            var slot = index.Parts.Ids[random.NextInt(index.Count)];
            index.ReadVector(slot, query);
            index.Search(query, new SealedRequest(1) { Effort = index.Efforts.Count }, hit);
            filter.Clear();
            filter.Add(slot);
            index.Search(query, 1, FilterPlan.Exact, filter, null, exact, out _);
            if (hit[0].Distance <= exact[0].Distance) found++;
        }

        return (double)found / sample;
    }
}
