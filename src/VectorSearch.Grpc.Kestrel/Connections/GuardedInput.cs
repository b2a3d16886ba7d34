using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// What a client sends, counted frame by frame on its way to Kestrel. When the budget is used up it gives what came up to then,
/// and nothing for a pause: meanwhile the client can send no more than the connection's buffers hold, and the server does
/// nothing for it. One reader, as with every pipe.
/// </summary>
/// <param name="inner">The connection's input, after TLS.</param>
/// <param name="budget">Of the connection.</param>
/// <param name="pause">Waits, shortly, or until the connection is gone: false then.</param>
/// <param name="cut">Closes the connection.</param>
internal sealed class GuardedInput(PipeReader inner, FrameBudget budget, Func<Task<bool>> pause, Action cut) : PipeReader
{
    private readonly FrameScanner _frames = new();
    private ReadOnlySequence<byte> _given;
    private long _counted;
    private bool _mustPause;
    private bool _isCut;

    // Pooled: a connection reads once or twice a call.
    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_mustPause)
        {
            _isCut = !await pause();
            _mustPause = false;
        }

        return _isCut ? Nothing() : Count(await inner.ReadAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (_mustPause || (!_isCut && !inner.TryRead(out result))) return false;
        result = _isCut ? Nothing() : Count(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Of the end that is told to the reader of a connection that was cut, the connection's input knows nothing.
        if (_given.IsEmpty && _isCut) return;
        _counted = consumed.Equals(_given.End) ? 0 : _given.Slice(consumed).Length;
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private ReadResult Nothing()
    {
        _given = default;
        return new ReadResult(_given, isCanceled: false, isCompleted: true);
    }

    /// <summary>Counts what was not seen before, and gives what the budget allows.</summary>
    private ReadResult Count(ReadResult read)
    {
        _given = read.Buffer;
        long before = _counted;
        foreach (ReadOnlyMemory<byte> piece in read.Buffer.Slice(_counted))
        {
            int at = 0;
            while (_frames.TryRead(piece.Span, ref at, out int weight))
            {
                if (weight == 0 || budget.TryTake(weight)) continue;
                Overdraw();
                _given = read.Buffer.Slice(0, before + at);
                return new ReadResult(_given, read.IsCanceled, isCompleted: false);
            }

            before += piece.Length;
        }

        return read;
    }

    private void Overdraw()
    {
        if (budget.IsUsedUp)
        {
            _isCut = true;
            cut();
        }
        else
        {
            _mustPause = true;
        }
    }
}
