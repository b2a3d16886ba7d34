using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

public class TwinLogTests
{
    [Fact]
    public async Task Both_logs_tell_the_same_story_under_the_same_seeded_operations()
    {
        Random random = TestSeed.Random(42);
        for (int round = 0; round < TestScale.Pick(8, 100); round++)
        {
            using TempDirectory directory = new();
            IRecordLog faster = FasterRecordLog.Create(directory.Combine("faster"), StorageSetup.SmallLog, StorageSetup.Disk);
            IRecordLog twin = SegmentedRecordLog.Open(directory.Combine("twin"), StorageSetup.SmallLog, StorageSetup.Disk);
            Assert.Empty(twin.Replay(0));
            ulong truncated = 0;
            List<(LogPosition Faster, LogPosition Twin)> positions = [];
            for (int step = 0; step < 60; step++)
            {
                switch (random.Next(10))
                {
                    case < 7:
                        byte[] body = StorageSetup.Body(random, 1500);
                        positions.Add((faster.Append(2, 1, 3, body), twin.Append(2, 1, 3, body)));
                        break;
                    case 7:
                        await faster.WhenDurableAsync(faster.LastSequence);
                        await twin.WhenDurableAsync(twin.LastSequence);
                        break;
                    case 8 when positions.Count > 0:
                        (LogPosition a, LogPosition b) = positions[random.Next(positions.Count)];
                        await faster.TruncateThroughAsync(a);
                        await twin.TruncateThroughAsync(b);
                        truncated = Math.Max(truncated, a.Sequence);
                        break;
                    default:
                        await faster.DisposeAsync();
                        await twin.DisposeAsync();
                        faster = FasterRecordLog.Open(directory.Combine("faster"), StorageSetup.SmallLog, StorageSetup.Disk);
                        twin = SegmentedRecordLog.Open(directory.Combine("twin"), StorageSetup.SmallLog, StorageSetup.Disk);
                        List<LogRecord> x = [.. faster.Replay(truncated)], y = [.. twin.Replay(truncated)];
                        Assert.True(
                            x.Select(r => (r.Frame.Sequence, r.Frame.Kind, r.Frame.Generation, Convert.ToHexString(r.Body.Span)))
                                .SequenceEqual(y.Select(r => (r.Frame.Sequence, r.Frame.Kind, r.Frame.Generation, Convert.ToHexString(r.Body.Span)))),
                            $"round {round}, step {step}, {TestSeed.Describe}");
                        positions.Clear();
                        break;
                }

                Assert.Equal(faster.LastSequence, twin.LastSequence);
            }

            await faster.DisposeAsync();
            await twin.DisposeAsync();
        }
    }
}
