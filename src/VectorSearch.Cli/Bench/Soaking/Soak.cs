using System.Collections.Concurrent;
using System.Diagnostics;
using VectorSearch.Index;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench.Soaking;

/// <summary>
/// Ten threads that add, eight that search, one that removes and one that tends, all at once for some time: nothing may throw, no
/// answer may be short or name what was removed before it was asked for, and the validator must find nothing at the end.
/// </summary>
/// <param name="index">Holds the first <paramref name="count"/> rows, row i in slot i.</param>
/// <param name="rows">What is added, again and again.</param>
/// <param name="count">Rows that the index begins with; it is kept between half and twice as many.</param>
/// <param name="queries">What is asked.</param>
/// <param name="k">Hits a query.</param>
/// <param name="seed">Which rows and queries.</param>
internal sealed class Soak(ISoakedIndex index, RowMatrix<float> rows, int count, RowMatrix<float> queries, int k, ulong seed)
{
    public const int Writers = 10;
    public const int Readers = 8;

    private readonly ConcurrentQueue<int> _removable = new(Enumerable.Range(0, count));
    private readonly ConcurrentDictionary<int, long> _removedAs = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private long _added;
    private long _removed;
    private long _searches;
    private long _tended;
    private volatile bool _over;

    /// <summary>On a machine that is busy or halted the time may be over before each thread has had a turn.</summary>
    private bool HasDoneAll => Volatile.Read(ref _added) > 0 && Volatile.Read(ref _removed) > 0 && Volatile.Read(ref _searches) > 0;

    public SoakReport Run(double seconds)
    {
        var clock = Stopwatch.StartNew();
        List<Thread> threads = [Start(Remove, 0), Start(Tend, 1)];
        for (var i = 0; i < Writers; i++) threads.Add(Start(Write, 2 + i));
        for (var i = 0; i < Readers; i++) threads.Add(Start(Read, 2 + Writers + i));
        while (!_over && (clock.Elapsed.TotalSeconds < seconds || !HasDoneAll)) Thread.Sleep(20);
        _over = true;
        foreach (var thread in threads) thread.Join();
        var took = clock.Elapsed.TotalSeconds;
        if (index.FindFault() is { } fault) _problems.Enqueue(fault);
        if (index.Count != count + _added - _removed) _problems.Enqueue($"{index.Count} vectors are left of {count} and {_added} added, {_removed} removed");
        return new SoakReport(index.Kind, took, Writers, Readers, _added, _removed, _searches, _tended, index.Count, [.. _problems]);
    }

    private Thread Start(Action<Xoshiro256> work, int stream)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work(new Xoshiro256(seed, 0xE400UL + (ulong)stream));
            }
            catch (Exception fault)
            {
                _problems.Enqueue(fault.ToString());
                _over = true;
            }
        });
        thread.Start();
        return thread;
    }

    private void Write(Xoshiro256 random)
    {
        while (!_over)
        {
            if (index.Count >= 2 * count)
            {
                Thread.Yield();
                continue;
            }

            var slot = index.Add(rows[random.NextInt(rows.Rows)]);
            Interlocked.Increment(ref _added);

            // In this order: whoever finds the slot gone and a note of it knows that the note is of this vector.
            _removedAs.TryRemove(slot, out _);
            _removable.Enqueue(slot);
        }
    }

    private void Remove(Xoshiro256 random)
    {
        while (!_over)
        {
            if (index.Count <= count / 2 || !_removable.TryDequeue(out var slot))
            {
                Thread.Yield();
                continue;
            }

            // Leased until it is noted: a slot that another vector has by then would go with a note of the one before.
            using var lease = index.LeaseSlots();
            if (!index.Remove(slot)) Report($"slot {slot} held nothing when its vector was removed");
            _removedAs[slot] = Interlocked.Increment(ref _removed);
        }
    }

    private void Read(Xoshiro256 random)
    {
        var hits = new Neighbor[k];
        while (!_over)
        {
            using var lease = index.LeaseSlots();
            var removedBefore = Volatile.Read(ref _removed);
            var found = index.Search(queries[random.NextInt(queries.Rows)], hits);
            Interlocked.Increment(ref _searches);
            if (found != k) Report($"{found} hits; expected {k}");
            for (var i = 0; i < found; i++)
            {
                if (i > 0 && hits[i].Distance < hits[i - 1].Distance) Report("hits are not in order");
                for (var j = 0; j < i; j++) if (hits[j].Slot == hits[i].Slot) Report($"slot {hits[i].Slot} was answered twice");
                if (!index.Contains(hits[i].Slot) && _removedAs.TryGetValue(hits[i].Slot, out var number) && number <= removedBefore)
                    Report($"slot {hits[i].Slot} was answered by a search that began after its removal");
            }
        }
    }

    private void Tend(Xoshiro256 random)
    {
        for (long tendedAt = 0; !_over;)
        {
            Thread.Sleep(10);
            if (Volatile.Read(ref _added) - tendedAt < count / 2) continue;
            tendedAt = Volatile.Read(ref _added);
            index.Tend();
            _tended++;
        }
    }

    private void Report(string problem)
    {
        const int Enough = 100;
        _problems.Enqueue(problem);
        if (_problems.Count >= Enough) _over = true;
    }
}

/// <summary>What a soak did and found.</summary>
internal sealed record SoakReport(
    string Kind, double Seconds, int Writers, int Readers, long Added, long Removed, long Searches, long Tended, int Live, IReadOnlyList<string> Problems);
