using System.Buffers;
using System.IO.Pipelines;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Grpc.Tests;

public sealed class GuardedInputTests
{
    private const int PerSecond = 100, First = PerSecond / 10;

    private readonly SteppedClock _clock = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private int _pauses;
    private int _cuts;
    private bool _isGone;

    [Fact]
    public async Task Frames_of_calls_pass_without_end()
    {
        GuardedInput input = Guard(TimeSpan.Zero);
        byte[] sent = [.. FrameBytes.Preface, .. Enumerable.Repeat(FrameBytes.Frame(1, 4, 1, 20), 10 * PerSecond).SelectMany(frame => frame)];
        await _pipe.Writer.WriteAsync(sent);
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(sent, await ReadAllAsync(input));
        Assert.Equal((0, 0), (_pauses, _cuts));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public async Task Control_frames_beyond_the_budget_wait_and_then_pass_whole_and_in_order(int mostConsumed)
    {
        GuardedInput input = Guard(TimeSpan.FromHours(1));
        byte[] sent = [.. FrameBytes.Preface, .. Enumerable.Range(0, 3 * PerSecond).SelectMany(i => FrameBytes.Frame(FrameBytes.PingType, 0, i, 8))];
        await _pipe.Writer.WriteAsync(sent);
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(sent, await ReadAllAsync(input, mostConsumed));

        // A tenth of a second's worth passes a pause, and one frame at the expense of the next.
        Assert.InRange(_pauses, (3 * PerSecond / (First + 1)) - 2, 3 * PerSecond / First);
        Assert.Equal(0, _cuts);
    }

    [Fact]
    public async Task Nothing_beyond_the_budget_is_given_before_the_pause()
    {
        GuardedInput input = Guard(TimeSpan.FromHours(1));
        await _pipe.Writer.WriteAsync((byte[])[.. FrameBytes.Preface, .. Enumerable.Repeat(FrameBytes.Ping, PerSecond).SelectMany(frame => frame)]);
        ReadResult read = await input.ReadAsync();

        // The settings of the preface are one of the frames, and the one that was too much counts until the end of its head.
        Assert.Equal(FrameBytes.Preface.Length + ((First - 1) * FrameBytes.Ping.Length) + 9, read.Buffer.Length);
        input.AdvanceTo(read.Buffer.End);
        Assert.False(input.TryRead(out _));
    }

    [Fact]
    public async Task Who_keeps_on_is_cut_and_sees_the_end()
    {
        GuardedInput input = Guard(TimeSpan.Zero);
        await _pipe.Writer.WriteAsync((byte[])[.. FrameBytes.Preface, .. Enumerable.Repeat(FrameBytes.Ping, PerSecond).SelectMany(frame => frame)]);
        Assert.Equal(FrameBytes.Preface.Length + ((First - 1) * FrameBytes.Ping.Length) + 9, (await ReadAllAsync(input)).Length);
        Assert.Equal((0, 1), (_pauses, _cuts));
    }

    [Fact]
    public async Task What_somebody_had_sent_too_much_and_went_is_not_read()
    {
        GuardedInput input = Guard(TimeSpan.FromHours(1));
        await _pipe.Writer.WriteAsync((byte[])[.. FrameBytes.Preface, .. Enumerable.Repeat(FrameBytes.Ping, PerSecond).SelectMany(frame => frame)]);
        await _pipe.Writer.CompleteAsync();
        _isGone = true;
        Assert.Equal(FrameBytes.Preface.Length + ((First - 1) * FrameBytes.Ping.Length) + 9, (await ReadAllAsync(input)).Length);
        Assert.Equal((1, 0), (_pauses, _cuts));
    }

    [Fact]
    public async Task A_read_that_is_cancelled_ends_without_counting_twice()
    {
        GuardedInput input = Guard(TimeSpan.Zero);
        await _pipe.Writer.WriteAsync(FrameBytes.Preface);
        for (int i = 0; i < 2 * First; i++)
        {
            input.CancelPendingRead();
            ReadResult read = await input.ReadAsync();
            Assert.True(read.IsCanceled);
            input.AdvanceTo(read.Buffer.Start);
        }

        Assert.Equal((0, 0), (_pauses, _cuts));
    }

    private GuardedInput Guard(TimeSpan patience) => new(_pipe.Reader, new FrameBudget(PerSecond, patience, _clock, First), PauseAsync, () => _cuts++);

    private Task<bool> PauseAsync()
    {
        _pauses++;
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        return Task.FromResult(!_isGone);
    }

    private static async Task<byte[]> ReadAllAsync(GuardedInput input, int mostConsumed = int.MaxValue)
    {
        List<byte> all = [];
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            ReadOnlySequence<byte> taken = read.Buffer.Slice(0, Math.Min(mostConsumed, read.Buffer.Length));
            all.AddRange(taken.ToArray());
            bool isLast = read.IsCompleted && taken.Length == read.Buffer.Length;
            input.AdvanceTo(taken.End);
            if (isLast) return [.. all];
        }
    }
}
