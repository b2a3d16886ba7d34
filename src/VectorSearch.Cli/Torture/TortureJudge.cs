using VectorSearch.Client;

namespace VectorSearch.Cli.Torture;

/// <summary>Reads every point of a server and compares it with what it may be.</summary>
internal sealed class TortureJudge(int seed, ExpectedPoints expected, TortureReport report, Action<string> say)
{
    private const int FindableSamples = 25;

    private readonly Random _random = new(seed);

    /// <summary>Judges all points, and takes what was found as the truth from here on.</summary>
    /// <param name="points">Of the collection; nobody writes to it meanwhile.</param>
    /// <param name="context">What went before, for the one who reads of a fault.</param>
    /// <param name="stalls">Sees that there are answers.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StallException">There is no answer.</exception>
    public async Task JudgeAsync(PointsClient points, string context, StallWatch stalls, CancellationToken cancellation)
    {
        IReadOnlyList<Point> found = await stalls.WaitAsync(
            $"a get of {TorturePoints.All.Length} points of '{points.Collection}'",
            points.GetAsync(TorturePoints.All, withPayload: true, withVectors: true, skipMissing: true, cancellationToken: cancellation));
        Dictionary<ulong, PointState> states = [];
        foreach (Point point in found)
        {
            PointState state = states[point.Id.Number] = TorturePoints.State(point.Payload!);
            if (!point.Vector.Span.SequenceEqual(TorturePoints.Vector(point.Id.Number, state.Version))) Blame(() => report.CorruptServed++, point.Id.Number, "a wrong vector", context);
        }

        foreach (ulong id in states.Keys.OrderBy(_ => _random.Next()).Take(FindableSamples))
        {
            // An exact query promises the point; a walk through the graph promises nothing, but on a sound graph it does not miss.
            float[] vector = TorturePoints.Vector(id, states[id].Version);
            if (!IsFound(await stalls.WaitAsync($"an exact query for point {id}", points.QueryAsync(vector, new QueryOptions { Limit = 1, Exact = true }, cancellation))))
                Blame(() => report.CorruptServed++, id, "not findable", context);
            report.Walks++;
            if (IsFound(await stalls.WaitAsync($"a query for point {id}", points.QueryAsync(vector, new QueryOptions { Limit = 1 }, cancellation)))) continue;
            report.WalksThatMissed++;
            say($"point {id} was missed by a walk after '{context}', seed {seed}");
        }

        foreach (ulong id in TorturePoints.All)
        {
            ExpectedPoints.Verdict verdict = expected.Judge(id, states.TryGetValue(id, out PointState state) ? state : null);
            if (verdict == ExpectedPoints.Verdict.Lost) Blame(() => report.Lost++, id, "lost", context);
            if (verdict == ExpectedPoints.Verdict.Phantom) Blame(() => report.Phantoms++, id, "a phantom", context);
            if (verdict == ExpectedPoints.Verdict.Stale) Blame(() => report.Stale++, id, "stale", context);
        }

        expected.Settle();
    }

    private static bool IsFound(Client.QueryResult nearest) => nearest[0] is [{ Score: < 1e-6f }];

    private void Blame(Action count, ulong id, string fault, string context)
    {
        count();
        say($"point {id} is {fault} after '{context}', seed {seed}");
    }
}
