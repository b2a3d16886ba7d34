using System.Collections.Concurrent;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests;

public sealed class ConcurrencyTests
{
    [Fact]
    public void Writers_readers_and_a_remover_leave_a_sound_graph_and_never_answer_what_was_removed()
    {
        int perWriter = TestScale.Pick(400, 20_000);
        const int Writers = 10, Readers = 8, Dimension = 16;
        float[][] rows = TestData.RandomClusters(1_000, Dimension, 20, TestSeed.Value);
        using HnswIndex index = new(new HnswOptions { Dimension = Dimension, Metric = Metric.SquaredEuclidean, M = 8, EfConstruction = 40, MaxSlots = 1 << 20 });
        for (int i = 0; i < 200; i++) index.Add(rows[i]);

        ConcurrentQueue<int> removable = new();
        ConcurrentBag<string> problems = [];
        int writing = Writers;
        List<Thread> threads = [];
        for (int w = 0; w < Writers; w++)
        {
            int seed = w;
            threads.Add(Start(problems, () =>
            {
                Random random = TestSeed.Random(seed);
                for (int i = 0; i < perWriter; i++) removable.Enqueue(index.Add(rows[random.Next(rows.Length)]));
            }, () => Interlocked.Decrement(ref writing)));
        }

        int removed = 0;
        ReaderWriterLockSlim judging = new();
        threads.Add(Start(problems, () =>
        {
            while (Volatile.Read(ref writing) > 0)
            {
                if (!removable.TryDequeue(out int slot)) continue;
                judging.EnterWriteLock();
                if (!index.Remove(slot)) problems.Add($"slot {slot} was not live");
                removed++;
                judging.ExitWriteLock();
            }
        }));
        for (int r = 0; r < Readers; r++)
        {
            int seed = 100 + r;
            threads.Add(Start(problems, () =>
            {
                Random random = TestSeed.Random(seed);
                Neighbor[] hits = new Neighbor[10];
                while (Volatile.Read(ref writing) > 0)
                {
                    SearchOutcome outcome = index.Search(rows[random.Next(rows.Length)], new SearchRequest(10) { Ef = 40 }, hits);
                    if (outcome.Count != 10) problems.Add($"{outcome.Count} hits");
                    if (hits.Select(hit => hit.Slot).Distinct().Count() != 10) problems.Add("a hit came twice");
                    judging.EnterReadLock();
                    // Under the lock nothing is removed; what a fresh search answers must be live.
                    outcome = index.Search(rows[random.Next(rows.Length)], new SearchRequest(10) { Ef = 40 }, hits);
                    foreach (Neighbor hit in hits)
                    {
                        if (!index.Contains(hit.Slot)) problems.Add($"slot {hit.Slot} was answered after its removal");
                    }

                    judging.ExitReadLock();
                }
            }));
        }

        foreach (Thread thread in threads) thread.Join();
        Assert.True(problems.IsEmpty, string.Join("; ", problems.Distinct().Take(5)) + "; " + TestSeed.Describe);
        GraphReport report = index.Validate();
        Assert.True(report.FaultCount == 0, report.ToString());
        Assert.Equal(200 + (Writers * perWriter) - removed, index.Count);
        index.Repair();
        Assert.True(index.Validate().IsSound, index.Validate().ToString());
    }

    [Fact]
    public void Many_threads_replacing_few_vectors_keep_one_live_copy_each()
    {
        const int Keys = 100, Threads = 16;
        int upserts = TestScale.Pick(100, 1000);
        using HnswIndex index = new(new HnswOptions { Dimension = 8, Metric = Metric.SquaredEuclidean, M = 8, EfConstruction = 20, MaxSlots = 1 << 20 });
        int[] slotOf = new int[Keys];
        for (int key = 0; key < Keys; key++) slotOf[key] = index.Add(VectorOf(key, 0));
        Lock[] locks = [.. Enumerable.Range(0, Keys).Select(_ => new Lock())];
        ConcurrentBag<string> problems = [];
        List<Thread> threads = [];
        for (int t = 0; t < Threads; t++)
        {
            int seed = t;
            threads.Add(Start(problems, () =>
            {
                Random random = TestSeed.Random(seed);
                for (int i = 0; i < upserts; i++)
                {
                    int key = random.Next(Keys);
                    lock (locks[key])
                    {
                        if (!index.Remove(slotOf[key])) problems.Add($"slot {slotOf[key]} was gone");
                        slotOf[key] = index.Add(VectorOf(key, i));
                    }
                }
            }));
        }

        foreach (Thread thread in threads) thread.Join();
        Assert.True(problems.IsEmpty, string.Join("; ", problems.Take(5)));
        Assert.Equal(Keys, index.Count);
        Assert.Equal(slotOf.Order(), TestData.Search(index, new float[8], new SearchRequest(1000) { Exact = true }).Select(hit => hit.Slot).Order());
        index.Repair();
        Assert.True(index.Validate().IsSound, index.Validate().ToString());

        static float[] VectorOf(int key, int version) => [key, version, 0, 0, 0, 0, 0, key * 0.5f];
    }

    [Fact]
    public void Linking_in_parallel_and_removing_what_is_being_linked_loses_nothing()
    {
        float[][] rows = TestData.RandomClusters(3_000, 16, 30, TestSeed.Value + 1);
        using HnswIndex index = new(new HnswOptions { Dimension = 16, Metric = Metric.Cosine, M = 8, EfConstruction = 40, MaxSlots = 10_000 });
        int[] slots = [.. rows.Select(row => index.Store(row))];
        bool[] removed = new bool[slots.Length];
        Parallel.For(0, slots.Length * 2, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            if (i < slots.Length) index.Link(slots[i]);
            else if (i % 3 == 0) removed[i - slots.Length] = index.Remove(slots[i - slots.Length]);
        });
        Assert.Equal(removed.Count(gone => !gone), index.Count);
        index.Repair();
        GraphReport report = index.Validate();
        Assert.True(report.IsSound, report.ToString());
        Assert.Equal(index.Count, report.Nodes);
    }

    private static Thread Start(ConcurrentBag<string> problems, Action body, Action? last = null)
    {
        Thread thread = new(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                problems.Add(exception.ToString());
            }
            finally
            {
                last?.Invoke();
            }
        });
        thread.Start();
        return thread;
    }
}
