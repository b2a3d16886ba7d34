using VectorSearch.Collections;

namespace VectorSearch.Crash.Host;

/// <summary>
/// The process whose disk fails for a while: writes point after point and says <c>done ID</c>, or <c>refused MESSAGE</c>;
/// then reads what was acknowledged, says <c>read</c>, waits until writes are taken again, and says <c>back</c>.
/// </summary>
internal static class Endurance
{
    private const int Points = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(Collection points)
    {
        ulong newest = 0;
        for (ulong id = 1; id <= Points; id++)
        {
            try
            {
                await points.UpsertAsync(new UpsertBatch { Ids = [id], Vectors = Program.Vector(id, 1), Payloads = [new Payload([new("id", PayloadValue.From((long)id))])] });
                Program.Say($"done {id}");
                newest = id;
                if (id % 10 == 0) await points.SnapshotAsync();
            }
            catch (VectorSearchException e) when (e.Code == ErrorCode.ReadOnly)
            {
                Program.Say($"refused {e.Message}");
                if (newest > 0)
                {
                    QueryResult found = points.Query(new QueryBatch { Vectors = Program.Vector(newest, 1), Limit = 1, Exact = true });
                    Program.Say(found.Ids is [var first] && first == new PointId(newest) ? "read" : $"point {newest} is not read");
                }

                using CancellationTokenSource patience = new(Patience);
                while (points.Status.State != CollectionState.Serving) await Task.Delay(10, patience.Token);
                Program.Say("back");
            }
        }

        return 0;
    }
}
