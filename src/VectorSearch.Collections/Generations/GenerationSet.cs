namespace VectorSearch.Collections;

/// <summary>
/// The live generations at one moment: which answers, and which take every write. Immutable; a change is another set, put in
/// the place of this one (<see cref="LiveGenerations"/>). A write is prepared for one set and logged only while it is current.
/// </summary>
internal sealed class GenerationSet
{
    public GenerationSet(LiveGeneration serving, IEnumerable<LiveGeneration> others)
    {
        Serving = serving;
        Others = [.. others.Where(other => other != serving)];
        All = [serving, .. Others];
    }

    /// <summary>The one that answers.</summary>
    public LiveGeneration Serving { get; }

    /// <summary>Those that take every write beside it.</summary>
    public IReadOnlyList<LiveGeneration> Others { get; }

    public IReadOnlyList<LiveGeneration> All { get; }

    public LiveGeneration? Find(ulong number) => All.FirstOrDefault(generation => generation.Number == number);

    /// <summary>What a generation of this set is for: one serves, also while an exchange has not told each of them yet.</summary>
    public GenerationState StateOf(LiveGeneration generation) => generation == Serving ? GenerationState.Serving
        : generation.State == GenerationState.Serving ? GenerationState.Retained
        : generation.State;

    /// <summary>
    /// Looks at each generation while it is pinned. One that was retired since this set was current is left out: its memory
    /// may be gone.
    /// </summary>
    public List<T> Look<T>(Func<LiveGeneration, T> look)
    {
        List<T> seen = new(All.Count);
        foreach (LiveGeneration generation in All)
        {
            if (!generation.TryPin()) continue;
            try
            {
                seen.Add(look(generation));
            }
            finally
            {
                generation.Unpin();
            }
        }

        return seen;
    }

    public GenerationSet With(LiveGeneration joining) => new(Serving, [.. Others, joining]);

    public GenerationSet Without(LiveGeneration leaving) => new(Serving, Others.Where(other => other != leaving));

    public GenerationSet ServedBy(LiveGeneration next) => new(next, All);
}

/// <summary>
/// The one pointer to the current set. It is replaced while no write is under way (<see cref="WritePipeline.AtRestAsync"/>);
/// who reads it once has generations that belong together.
/// </summary>
internal sealed class LiveGenerations(GenerationSet first)
{
    private volatile GenerationSet _current = first;
    private volatile bool _isClosed;
    private long _asked;

    public GenerationSet Current => _current;

    public void Replace(GenerationSet next) => _current = next;

    /// <summary>From here on nothing more is pinned.</summary>
    public void Close() => _isClosed = true;

    /// <exception cref="VectorSearchException">The collection is closing.</exception>
    public void ThrowIfClosed()
    {
        if (_isClosed) throw new VectorSearchException(ErrorCode.Unavailable, "The collection is closing.");
    }

    /// <summary>Pins the generation that answers.</summary>
    public LiveGeneration PinServing()
    {
        while (true)
        {
            ThrowIfClosed();
            LiveGeneration serving = _current.Serving;
            if (serving.TryPin()) return serving; // else it was exchanged and retired in between
        }
    }

    /// <summary>Asks the generation that answers.</summary>
    public T Ask<T>(Func<LiveGeneration, T> ask)
    {
        LiveGeneration serving = PinServing();
        try
        {
            return ask(serving);
        }
        finally
        {
            serving.Unpin();
        }
    }

    /// <summary>Pins a live generation; null if there is none of this number.</summary>
    public LiveGeneration? Pin(ulong number) => _current.Find(number) is { } found && found.TryPin() ? found : null;

    /// <summary>Pins the generation that shall answer the query: a canary gets its share of those that it can answer.</summary>
    public LiveGeneration PinFor(QueryBatch batch)
    {
        foreach (LiveGeneration other in _current.Others)
        {
            double share = other.State == GenerationState.Canary ? other.Entry.CanaryShare : 0;
            if (share <= 0 || !Suits(batch, other)) continue;

            // Spread evenly: of n queries the canary has answered the whole part of n × share.
            long number = Interlocked.Increment(ref _asked);
            if (Math.Floor(number * share) > Math.Floor((number - 1) * share) && other.TryPin()) return other;
            break;
        }

        return PinServing();
    }

    /// <summary>A query whose caller speaks of a space goes to that space; one that brings vectors and says nothing means the serving one.</summary>
    private static bool Suits(QueryBatch batch, LiveGeneration canary) =>
        batch.Space.IsEmpty ? !BringsVectors(batch) : batch.Space == canary.Definition.Space;

    private static bool BringsVectors(QueryBatch batch) =>
        !batch.Vectors.IsEmpty || batch.Examples?.Any(example => !example.PositiveVectors.IsEmpty || !example.NegativeVectors.IsEmpty) == true ||
        batch.Prefetch.Any(BringsVectors);
}
