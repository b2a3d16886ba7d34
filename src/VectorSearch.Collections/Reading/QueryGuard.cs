namespace VectorSearch.Collections;

/// <summary>Checks a query before any of it is run; every fault names its field, those of prefetches with their path.</summary>
internal sealed class QueryGuard(CollectionDefinition definition)
{
    private readonly WriteGuard _guard = new(definition);

    /// <exception cref="VectorSearchException">A field is wrong, or the space is another than the collection's.</exception>
    public void Check(QueryBatch batch)
    {
        _guard.CheckSpace(batch.Space);
        int prefetches = 0;
        Check(batch, "", 0, ref prefetches);
        if (batch.Prefetch.Count > 0) Within("prefetch", prefetches, CollectionLimits.Prefetches);
    }

    /// <summary>How many queries a batch holds; the vectors' length must be a multiple of the dimension.</summary>
    public int Rows(QueryBatch batch) => batch.Ids?.Count ?? batch.Features?.Count ?? batch.Examples?.Count ?? batch.Histories?.Count
        ?? (batch.Fusion is null ? batch.Vectors.Length / definition.Dimension : batch.Prefetch.Select(Rows).DefaultIfEmpty(0).Max());

    public void CheckFilter(PayloadFilter? filter, string path = "filter")
    {
        if (filter is not null) FilterGuard.Check(filter, _guard, path);
    }

    public void CheckSpace(Numerics.SpaceId space) => _guard.CheckSpace(space);

    public static void CheckEffort(int ef, bool exact, float targetRecall, string path = "")
    {
        if (ef != 0) Within($"{path}ef", ef, CollectionLimits.Ef);
        if (targetRecall == 0) return;
        if (targetRecall is not (> 0 and <= 1)) throw VectorSearchException.Invalid($"{path}target_recall", $"{targetRecall}", "above 0 and at most 1");
        if (ef != 0 || exact)
            throw VectorSearchException.Invalid($"{path}target_recall", $"{targetRecall} with {(exact ? "exact" : $"ef {ef}")}", "one of target_recall, ef and exact");
    }

    public static void Within(string field, long value, Limit limit)
    {
        if (!limit.Allows(value)) throw VectorSearchException.Invalid(field, $"{value}", limit.ToString());
    }

    private void Check(QueryBatch batch, string path, int depth, ref int prefetches)
    {
        CheckForm(batch, path);
        Within($"{path}limit", batch.Limit, depth == 0 ? CollectionLimits.Answers : CollectionLimits.PrefetchLimit);
        CheckEffort(batch.Ef, batch.Exact, batch.TargetRecall, path);
        CheckFilter(batch.Filter, $"{path}filter");
        if (batch.ScoreThreshold is { } threshold && !float.IsFinite(threshold))
            throw VectorSearchException.Invalid($"{path}score_threshold", $"{threshold}", "a finite number");
        CheckChoice(batch, path);
        CheckPrefetch(batch, path, depth, ref prefetches);
    }

    private void CheckForm(QueryBatch batch, string path)
    {
        int forms = (batch.Vectors.IsEmpty ? 0 : 1) + (batch.Ids is null ? 0 : 1) + (batch.Features is null ? 0 : 1)
            + (batch.Examples is null ? 0 : 1) + (batch.Histories is null ? 0 : 1) + (batch.Fusion is null ? 0 : 1);
        if (forms != 1) throw VectorSearchException.Invalid($"{path}by", $"{forms} forms of query", "one of vectors, ids, features, examples, histories and fusion");
        if (batch.Vectors.Length % definition.Dimension != 0)
        {
            throw VectorSearchException.Invalid(
                $"{path}vectors", $"{batch.Vectors.Length} numbers", $"rows of {definition.Dimension}, the dimension of '{definition.Name}'");
        }

        if (batch.Fusion is { } fusion)
        {
            Within($"{path}fusion.k", fusion.K, CollectionLimits.FusionK);
            if (batch.Prefetch.Count == 0) throw VectorSearchException.Invalid($"{path}prefetch", "nothing to fuse", "at least one prefetch");
            if (batch.Diversify is not null) throw VectorSearchException.Invalid($"{path}diversify", "a diversity with fusion", "a question of its own, to which answers are similar");
        }

        Within($"{path}queries", Rows(batch), CollectionLimits.BatchQueries);
        CheckExamples(batch, path);
    }

    private void CheckExamples(QueryBatch batch, string path)
    {
        for (int i = 0; i < (batch.Examples?.Count ?? 0); i++)
        {
            QueryExamples examples = batch.Examples![i];
            string at = $"{path}examples[{i}]";
            CheckRow(examples.PositiveVectors, $"{at}.positive_vectors");
            CheckRow(examples.NegativeVectors, $"{at}.negative_vectors");
            long positive = examples.Positive.Count + (examples.PositiveVectors.Length / definition.Dimension);
            if (positive == 0) throw VectorSearchException.Invalid($"{at}.positive", "no example", "at least one, as id or vector");
            Within(at, positive + examples.Negative.Count + (examples.NegativeVectors.Length / definition.Dimension), CollectionLimits.Examples);
        }

        for (int i = 0; i < (batch.Histories?.Count ?? 0); i++)
        {
            PointHistory history = batch.Histories![i];
            if (history.Weights.Count != 0 && history.Weights.Count != history.Ids.Count)
                throw VectorSearchException.Invalid($"{path}histories[{i}].weights", $"{history.Weights.Count} weights for {history.Ids.Count} ids", "none, or one each");
        }

        void CheckRow(ReadOnlyMemory<float> vectors, string field)
        {
            if (!vectors.IsEmpty) _guard.CheckVectors(vectors.Span, Math.Max(1, vectors.Length / definition.Dimension), field);
        }
    }

    private static void CheckChoice(QueryBatch batch, string path)
    {
        if (batch.GroupBy is { } group)
        {
            if (group.Field.Length == 0) throw VectorSearchException.Invalid($"{path}group.field", "nothing", "the name of a payload field");
            Within($"{path}group.size", group.Size, CollectionLimits.GroupSize);
            Within($"{path}limit × group.size", (long)batch.Limit * group.Size, CollectionLimits.Answers);
            if (batch.Diversify is not null) throw VectorSearchException.Invalid($"{path}diversify", "a diversity with a grouping", "one of the two");
        }

        if (batch.Diversify is not { } diversity) return;
        if (diversity.Strength is not (>= 0 and <= 1)) throw VectorSearchException.Invalid($"{path}diversify.diversity", $"{diversity.Strength}", "0 to 1");
        Within($"{path}diversify.candidates", diversity.Candidates, CollectionLimits.DiversityCandidates);
    }

    private void CheckPrefetch(QueryBatch batch, string path, int depth, ref int prefetches)
    {
        if (batch.Prefetch.Count == 0) return;
        if (depth == CollectionLimits.PrefetchDepth.Max)
            throw VectorSearchException.Invalid($"{path}prefetch", "a deeper prefetch", $"prefetches within prefetches up to {depth} deep");
        if (batch.TargetRecall != 0 || batch.Ef != 0)
            throw VectorSearchException.Invalid($"{path}options", "ef or target_recall with prefetches", "options within the prefetches, which search the index");
        int rows = Rows(batch);
        for (int i = 0; i < batch.Prefetch.Count; i++)
        {
            QueryBatch prefetch = batch.Prefetch[i];
            prefetches++;
            string at = $"{path}prefetch[{i}]";
            Check(prefetch, $"{at}.", depth + 1, ref prefetches);
            int its = Rows(prefetch);
            if (its != 1 && its != rows) throw VectorSearchException.Invalid(at, $"{its} rows", $"one, or one for each of the {rows} queries");
        }
    }
}
