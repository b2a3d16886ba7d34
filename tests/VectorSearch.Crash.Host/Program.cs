using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Crash.Host;

/// <summary>
/// The process that is killed: writes to a collection without end and says on its output what it is about to do and what
/// was acknowledged, one line each: <c>begin WRITER upsert|mark|delete VERSION ID,ID,…</c> and <c>done WRITER</c>.
/// </summary>
internal static class Program
{
    public const int Dimension = 16;
    public const int Writers = 4;
    public const int IdsPerWriter = 250;

    private static readonly Lock Output = new();

    public static async Task<int> Main(string[] args)
    {
        string root = args[0];
        int seed = int.Parse(args[1], CultureInfo.InvariantCulture);
        await using CollectionCatalog catalog = await CollectionCatalog.OpenAsync(
            root, new CatalogOptions { LinkerThreads = 1, SnapshotAfterLogBytes = 1 << 18 });
        Collection points = catalog.List() is [Collection found, ..] ? found : await catalog.CreateAsync(new CollectionDefinition
        {
            Name = "points",
            Dimension = Dimension,
            Metric = Metric.SquaredEuclidean,
            Space = SpaceId.Parse("client:crash@1"),
            IdKind = IdKind.Number,
        });
        Say("ready");
        if (args is [_, _, "endure"]) return await Endurance.RunAsync(points);
        await Task.WhenAll([.. Enumerable.Range(0, Writers).Select(writer => WriteAsync(points, writer, seed)), SnapshotAsync(points, seed), RebuildAsync(points, seed)]);
        return 0;
    }

    /// <summary>The vector of a point: a function of id and version, so that the judge knows it too.</summary>
    public static float[] Vector(ulong id, long version) =>
        [.. Enumerable.Range(0, Dimension).Select(i => (float)Math.Sin((id * 31) + ((ulong)version * 17) + (ulong)i))];

    private static async Task WriteAsync(Collection points, int writer, int seed)
    {
        Random random = new((seed * Writers) + writer);
        for (long step = 0; ; step++)
        {
            long version = ((long)seed << 32) + step;
            ulong[] ids = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (ulong)((writer * IdsPerWriter) + random.Next(IdsPerWriter))).Distinct()];
            PointId[] names = [.. ids.Select(id => new PointId(id))];
            string what = random.Next(5) switch { 0 => "delete", 1 => "mark", _ => "upsert" };
            Say($"begin {writer} {what} {version} {string.Join(',', ids)}");
            if (what == "delete")
            {
                await points.DeleteAsync(new DeleteBatch { Ids = names });
            }
            else if (what == "mark")
            {
                await points.UpdatePayloadAsync(new PayloadBatch { Ids = names, Change = new PayloadChange.Set(new Payload([new("mark", PayloadValue.From(version))])) });
            }
            else
            {
                await points.UpsertAsync(new UpsertBatch
                {
                    Ids = names,
                    Vectors = ids.SelectMany(id => Vector(id, version)).ToArray(),
                    Payloads = [.. ids.Select(_ => new Payload([new("version", PayloadValue.From(version))]))],
                });
            }

            Say($"done {writer}");
        }
    }

    private static async Task SnapshotAsync(Collection points, int seed)
    {
        Random random = new(seed);
        while (true)
        {
            await Task.Delay(random.Next(150));
            await points.SnapshotAsync();
        }
    }

    /// <summary>Rebuilds, promotes, rolls back and retires all the time, in the same space: the judge need not know of it.</summary>
    private static async Task RebuildAsync(Collection points, int seed)
    {
        Random random = new(seed ^ 0x5EA1);
        while (true)
        {
            RebuildHooks hooks = new() { Gate = (_, _) => Task.FromResult(Decide(random)) };
            try
            {
                if (points.Interrupted is not null)
                {
                    if (random.Next(4) == 0) await points.AbandonRebuildAsync();
                    else await points.ResumeRebuildAsync(hooks);
                    continue;
                }

                switch (random.Next(5))
                {
                    case 0:
                        await points.RollbackAsync();
                        break;
                    case 1:
                        await points.RetireAsync(points.Generations.Last(one => one.State is GenerationState.Serving or GenerationState.Retained or GenerationState.Canary).Number);
                        break;
                    default:
                        RebuildTarget target = new() { M = random.Next(4, 9), EfConstruction = 40, Index = (IndexKind)random.Next(1, 4) };
                        await points.RebuildAsync(new RebuildRequest { Target = target, Gate = hooks.Gate, Keep = random.Next(2) });
                        break;
                }
            }
            catch (VectorSearchException e) when (e.Code is ErrorCode.FailedPrecondition or ErrorCode.ResourceExhausted)
            {
                await Task.Yield(); // nothing to go back to, or the one that serves, or too many: something else comes next
            }
        }
    }

    private static GateDecision Decide(Random random) => random.Next(5) switch
    {
        0 => new GateDecision(GateVerdict.Refuse, "refused by chance", new byte[] { 1 }),
        1 => new GateDecision(GateVerdict.Canary, "waits"),
        _ => new GateDecision(GateVerdict.Promote, "", new byte[] { 2 }),
    };

    internal static void Say(string line)
    {
        lock (Output)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
