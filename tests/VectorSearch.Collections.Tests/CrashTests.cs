using System.Diagnostics;
using System.Globalization;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

/// <summary>Kills a writing process again and again and compares what is left with what it was promised.</summary>
public class CrashTests
{
    private const int Dimension = 16;

    [Fact]
    public async Task After_every_kill_what_was_acknowledged_is_there_and_nothing_else()
    {
        using TempDirectory directory = new();
        string root = directory.Combine("data");
        ExpectedState expected = new();
        Random random = TestSeed.Random(77);
        int acknowledged = 0;
        for (int kill = 0; kill < TestScale.Pick(20, 200); kill++)
        {
            acknowledged += await RunUntilKilledAsync(root, kill, random.Next(1, 80), expected);
            await using CollectionCatalog catalog = await CollectionCatalog.OpenAsync(root, new CatalogOptions { LinkerThreads = 1 });
            Collection points = catalog.Get("points");
            Assert.True(points.Status.State == CollectionState.Serving, $"kill {kill}: {points.Status.Detail}; {TestSeed.Describe}");
            Judge(points, expected, $"kill {kill}; {TestSeed.Describe}");
        }

        Assert.True(acknowledged > 100, $"only {acknowledged} writes were acknowledged");
        CheckReport report = CollectionChecker.Check(root);
        Assert.DoesNotContain(report.Findings, finding => finding.Loss != "");
    }

    /// <summary>Kills after so many acknowledgements; some more may have been on their way.</summary>
    private static async Task<int> RunUntilKilledAsync(string root, int seed, int life, ExpectedState expected)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "VectorSearch.Crash.Host.dll");
        ProcessStartInfo start = new("dotnet", [host, root, seed.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_TieredCompilation"] = "1";
        using Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync();
        Assert.Equal("ready", line);
        int acknowledged = 0;
        while ((line = await process.StandardOutput.ReadLineAsync()) is not null)
        {
            // The last line may be cut short by the kill; what was about to be said was not promised.
            if (!expected.TryTake(line)) continue;
            acknowledged++;
            if (acknowledged == life) process.Kill();
        }

        await process.WaitForExitAsync();
        return acknowledged;
    }

    private static void Judge(Collection points, ExpectedState expected, string context)
    {
        Dictionary<ulong, PointState> actual = Read(points, 0, context);
        foreach (Generation other in points.Generations.Where(one => one.State is GenerationState.Warming or GenerationState.Canary or GenerationState.Retained))
            Assert.True(actual.OrderBy(point => point.Key).SequenceEqual(Read(points, other.Number, context).OrderBy(point => point.Key)), $"{context}: generation {other.Number} differs");
        for (ulong id = 0; id < 1000; id++)
        {
            PointState? found = actual.GetValueOrDefault(id);
            Assert.True(expected.Allows(id, found), $"{context}: point {id} is {found?.ToString() ?? "missing"}, {expected.Describe(id)}");
            expected.Settle(id, found);
        }

        expected.EndPending();
        foreach (ulong id in actual.Keys.Take(20))
        {
            QueryResult nearest = points.Query(new QueryBatch { Vectors = Vector(id, actual[id].Version), Limit = 1, Exact = true });
            Assert.True(nearest.Scores[0] < 1e-6, $"{context}: point {id} is not findable");
        }
    }

    /// <summary>What a generation holds; 0 for the one that serves.</summary>
    private static Dictionary<ulong, PointState> Read(Collection points, ulong generation, string context)
    {
        PointId[] all = [.. Enumerable.Range(0, 1000).Select(id => new PointId((ulong)id))];
        using GenerationReader reader = points.Pin(generation);
        PointRows rows = reader.Get(all, withPayload: true, withVectors: true, skipMissing: true);
        Dictionary<ulong, PointState> actual = [];
        for (int i = 0; i < rows.Ids.Count; i++)
        {
            Assert.True(rows.Payloads![i].TryGetValue("version", out PayloadValue version), context);
            ulong id = rows.Ids[i].Number;
            actual[id] = new PointState(version.AsInteger, rows.Payloads[i].TryGetValue("mark", out PayloadValue mark) ? mark.AsInteger : null);
            Assert.Equal(Vector(id, version.AsInteger), rows.Vectors.Slice(i * Dimension, Dimension).ToArray());
        }

        Assert.Equal(rows.Ids.Count, reader.Count);
        return actual;
    }

    private static float[] Vector(ulong id, long version) =>
        [.. Enumerable.Range(0, Dimension).Select(i => (float)Math.Sin((id * 31) + ((ulong)version * 17) + (ulong)i))];

    /// <summary>A point that is there: the version that wrote it, and the one that changed its payload since.</summary>
    private sealed record PointState(long Version, long? Mark);

    private sealed record Write(string What, long Version, ulong[] Ids)
    {
        public PointState? ApplyTo(PointState? old) => What switch
        {
            "delete" => null,
            "mark" => old is null ? null : old with { Mark = Version },
            _ => new PointState(Version, null),
        };
    }

    /// <summary>What each point may be: its acknowledged state, or what a write under way would make of it.</summary>
    private sealed class ExpectedState
    {
        private readonly Dictionary<ulong, PointState> _acknowledged = [];
        private readonly Dictionary<string, Write> _pending = [];

        public bool TryTake(string line)
        {
            string[] parts = line.Split(' ');
            if (parts is ["begin", _, "upsert" or "mark" or "delete", _, _])
            {
                ulong[] ids = [.. parts[4].Split(',').Select(id => ulong.Parse(id, CultureInfo.InvariantCulture))];
                _pending[parts[1]] = new Write(parts[2], long.Parse(parts[3], CultureInfo.InvariantCulture), ids);
            }
            else if (parts is ["done", _] && _pending.Remove(parts[1], out Write? write))
            {
                foreach (ulong id in write.Ids) Settle(id, write.ApplyTo(_acknowledged.GetValueOrDefault(id)));
                return true;
            }

            return false;
        }

        public bool Allows(ulong id, PointState? found)
        {
            PointState? acknowledged = _acknowledged.GetValueOrDefault(id);
            return found == acknowledged || _pending.Values.Any(write => write.Ids.Contains(id) && found == write.ApplyTo(acknowledged));
        }

        public void Settle(ulong id, PointState? found)
        {
            if (found is not null) _acknowledged[id] = found;
            else _acknowledged.Remove(id);
        }

        public void EndPending() => _pending.Clear();

        public string Describe(ulong id) =>
            $"acknowledged {_acknowledged.GetValueOrDefault(id)?.ToString() ?? "nothing"}, " +
            $"pending {string.Join(", ", _pending.Values.Where(write => write.Ids.Contains(id)).Select(write => $"{write.What} {write.Version}"))}";
    }
}
