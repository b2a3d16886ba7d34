using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// The one way in and out of a call: chooses the protocol, runs interceptors and handler, and always ends with a status.
/// </summary>
internal sealed class CallEndpoint
{
    private readonly GrpcMethod _method;
    private readonly GrpcServerOptions _options;
    private readonly MessageReaderLimits _limits;
    private readonly ILogger _log;
    private readonly Func<ServerCall, Task> _run;

    internal CallEndpoint(CallHandler handler, GrpcServerOptions options, GrpcMethodOptions? methodOptions, ILogger log)
    {
        _method = handler.Method;
        _options = options;
        _limits = (methodOptions ?? new GrpcMethodOptions()).Limits(_method.Kind, options);
        _log = log;
        _run = handler.HandleAsync;
        foreach (ICallInterceptor interceptor in options.Interceptors.Reverse())
        {
            Func<ServerCall, Task> next = _run;
            _run = call => interceptor.InterceptAsync(call, next);
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever ends a call becomes its status.")]
    internal async Task InvokeAsync(HttpContext http)
    {
        // A call that was reset before it began has nobody to answer. Going on would end in exceptions, and their cost is what
        // an attacker with many resets is after.
        if (http.RequestAborted.IsCancellationRequested) return;
        if (ProtocolSelection.Choose(http, _method.Kind) is not { } protocol)
        {
            await ProtocolSelection.RefuseAsync(http, _method.Kind);
            return;
        }

        long started = CallTelemetry.Start();
        Activity? span = CallTelemetry.StartSpan(_method, http.Request);
        GrpcStatus status = GrpcStatus.Ok;
        using var call = new ServerCall(http, _method, protocol, _options, _limits);
        Task? late = null;
        try
        {
            protocol.Begin(call);
            Task work = _run(call);
            if (call.MayBeInterrupted) late = await WaitUntilInterruptedAsync(work, call);
            else await work;
            if (late is not null) status = call.InterruptedStatus;
            else if (call.Refusal is { } refusal) status = refusal;
        }
        catch (Exception fault)
        {
            status = CallStatus.From(fault, call, _log);
        }

        if (status.Code != GrpcStatusCode.Ok) _log.CallFailed(_method.Path, status.Code, status.Message);
        await protocol.EndAsync(call, status);
        CallTelemetry.Stop(started, call, status.Code, span);
        if (late is null) return;

        // The caller is not kept waiting for work that nobody wants any more.
        await http.Response.CompleteAsync();
        await ObserveAsync(late);
    }

    /// <summary>
    /// Waits for the work or what interrupts it. The work is returned if it still runs then and writes nothing just at that
    /// moment: its call is answered at once, and it may only come to its end.
    /// </summary>
    private static async Task<Task?> WaitUntilInterruptedAsync(Task work, ServerCall call)
    {
        try
        {
            await work.WaitAsync(call.CancellationToken);
            return null;
        }
        catch (OperationCanceledException) when (!work.IsCompleted && call.IsInterrupted && call.TryClose())
        {
            return work;
        }
        catch (OperationCanceledException) when (!work.IsCompleted)
        {
            await work;
            return null;
        }
    }

    /// <summary>The HTTP context must outlive the work, and its fault has no caller any more.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The call has its status already.")]
    private async Task ObserveAsync(Task late)
    {
        try
        {
            await late;
        }
        catch (Exception fault)
        {
            _log.LateFault(_method.Path, fault);
        }
    }
}
