using VectorSearch.Numerics;

namespace VectorSearch.Index.Tests.Graph;

/// <summary>A look at which nodes walks reach, beside writers.</summary>
public class GraphReachabilityTests
{
    [Fact]
    public async Task Looking_for_cut_off_nodes_goes_on_beside_writers()
    {
        const int Vectors = 2000, Looks = 50, Dimension = 4;
        using HnswIndex index = new(new HnswOptions { Dimension = Dimension, Metric = Metric.SquaredEuclidean, M = 4, EfConstruction = 8 });
        int looks = 0;
        Task writing = Task.Run(() =>
        {
            // On a ring, and with removals, so that nodes are cut off now and then.
            Queue<int> slots = [];
            for (int i = 0; i < Vectors || Volatile.Read(ref looks) < Looks; i++)
            {
                double at = i * 0.618 * Math.Tau;
                slots.Enqueue(index.Add([(float)Math.Cos(at), (float)Math.Sin(at), 0, 0]));
                if (slots.Count > Vectors / 4) index.Remove(slots.Dequeue());
            }
        });
        try
        {
            for (; !writing.IsCompleted; Interlocked.Increment(ref looks)) index.Reconnect();
        }
        finally
        {
            Interlocked.Exchange(ref looks, Looks); // lets the writer end, whatever happened
            await writing;
        }

        index.Repair();
        Assert.Equal(0, index.Validate().UnreachableCount);
    }
}
