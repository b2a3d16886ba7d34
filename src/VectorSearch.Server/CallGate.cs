using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Authorization;
using VectorSearch.Server.Metrics;
using VectorSearch.Server.Overload;

namespace VectorSearch.Server;

/// <summary>
/// What every call goes through before its handler, in this order. On its headers: who calls, and may they ever do this;
/// is their quota used up; is there room for another stream. On its message: may they do this to that collection; what
/// their filter leaves of it; what one request may ask for; and last the queue for a place, so that nobody who sends
/// slowly holds one. Who would be turned away from that is turned away on its headers.
/// </summary>
/// <param name="callers">Who may call; null for everybody.</param>
/// <param name="quotas">How often; null for as often as they like.</param>
/// <param name="filters">Narrows requests of callers who see a part only.</param>
/// <param name="collections">The collection that a name means, which may be an alias.</param>
/// <param name="limits">What one request may ask for.</param>
/// <param name="queues">Places.</param>
/// <param name="watch">Told of refusals and ends.</param>
internal sealed class CallGate(
    CallerDirectory? callers, CallerQuotas? quotas, ForcedFilter filters, Func<string, string> collections, RequestLimits limits, AdmissionQueues queues, CallWatch watch)
    : ICallInterceptor, IMessageInspector
{
    private readonly ConcurrentDictionary<GrpcMethod, MethodRule> _rules = [];

    /// <inheritdoc/>
    public Task InterceptAsync(ServerCall call, Func<ServerCall, Task> next)
    {
        MethodRule rule = _rules.GetOrAdd(call.Method, static (method, queues) => new MethodRule(method, queues), queues);
        return rule.Access == CallAccess.None ? next(call) : RunAsync(call, rule, next);
    }

    /// <inheritdoc/>
    public async ValueTask InspectAsync(ServerCall call, IMessage request)
    {
        if (call.Get<CallState>() is not { } state) return;
        state.Collection = state.Rule.Collection.Of(request) ?? state.Collection;
        if (state.Caller is { } caller)
        {
            RequireScope(caller, state, request);
            if (caller.ForcedFilter is { } filter) await filters.NarrowAsync(request, state.Rule.Access, filter, call.CancellationToken);
        }

        if (limits.IsStrict && limits.Passed(request) is { } passed)
        {
            watch.Refused("request_limit");
            call.Refuse(Refusals.OverRequestLimit(passed));
            return;
        }

        if (state.Rule.IsStream || state.Entered != 0) return;
        state.Request = request;
        long arrived = Stopwatch.GetTimestamp();
        ValueTask<bool> place = state.Rule.Queue.EnterAsync(Patience(call), call.CancellationToken);
        bool waits = !place.IsCompleted;
        if (await place)
        {
            state.Entered = waits ? Stopwatch.GetTimestamp() : arrived;
            state.Waited = state.Entered - arrived;
            return;
        }

        Shed(call, state.Rule.Queue);
    }

    /// <inheritdoc/>
    public void Answered(ServerCall call, IMessage reply)
    {
        if (call.Get<CallState>() is not { Rule.IsStream: false } state || state.Entered == 0) return;
        int bytes = reply.CalculateSize();
        if (!queues.Unwritten.TryHold(bytes))
        {
            Shed(call, state.Rule.Queue);
            return;
        }

        state.Unwritten = bytes;
        state.Leave();
    }

    private async Task RunAsync(ServerCall call, MethodRule rule, Func<ServerCall, Task> next)
    {
        CallState state = new(rule);
        if (callers is not null && !await IdentifyAsync(callers, call, state)) return;
        if (!rule.IsStream && rule.Queue.WouldTurnAway(Patience(call)))
        {
            // Nothing of the message is read for a call that will not be answered.
            Shed(call, rule.Queue);
            return;
        }

        if (rule.IsStream)
        {
            if (!await rule.Queue.EnterAsync(TimeSpan.Zero, CancellationToken.None))
            {
                Shed(call, rule.Queue);
                return;
            }

            state.Entered = Stopwatch.GetTimestamp();
        }

        call.Set(state);
        long started = Stopwatch.GetTimestamp();
        try
        {
            await next(call);
        }
        finally
        {
            state.Leave();
            queues.Unwritten.Release(state.Unwritten);
            if (!rule.IsStream) watch.Ended(call, state, Stopwatch.GetElapsedTime(started));
        }
    }

    /// <summary>Finds out who calls; false if the call is refused.</summary>
    private async ValueTask<bool> IdentifyAsync(CallerDirectory directory, ServerCall call, CallState state)
    {
        if (await directory.FindAsync(call.Http) is not { } caller)
        {
            watch.Refused("unauthenticated");
            call.Refuse(new GrpcStatus(GrpcStatusCode.Unauthenticated, $"{call.Method.Path} needs an API key or a token, and the call has none that is known."));
            return false;
        }

        if (!caller.MayEverDo(state.Rule.Access))
        {
            watch.Refused("permission");
            call.Refuse(new GrpcStatus(GrpcStatusCode.PermissionDenied, $"{call.Method.Path} needs the scope '{new CallScope(state.Rule.Access)}'."));
            return false;
        }

        if (quotas is not null && !quotas.TryTake(caller, out TimeSpan retryAfter))
        {
            watch.Refused("quota");
            call.Refuse(Refusals.OverQuota(caller.Subject, retryAfter));
            return false;
        }

        state.Caller = caller;
        call.Set(caller);
        return true;
    }

    /// <summary>The scope for the collection that is named, by this name or as what it is the alias of; without one, for all.</summary>
    private void RequireScope(CallIdentity caller, CallState state, IMessage request)
    {
        CallAccess access = state.Rule.Access;
        if (state.Collection is not { } named)
        {
            if (caller.Scopes.Any(scope => scope.Access >= access && scope.Resource is null)) return;
        }
        else if (caller.MayDo(access, named))
        {
            return;
        }
        else if (collections(named) is var meant && meant != named && caller.MayDo(access, meant))
        {
            // What was allowed is what is done, even if the alias is moved just now. Administrators' calls know aliases from collections.
            if (access == CallAccess.Admin) return;
            state.Rule.Collection.Set(request, meant);
            state.Collection = meant;
            return;
        }

        watch.Refused("permission");
        throw new RpcException(GrpcStatusCode.PermissionDenied, $"'{caller.Subject}' lacks the scope '{new CallScope(state.Rule.Access, state.Collection)}'.");
    }

    private void Shed(ServerCall call, AdmissionQueue queue)
    {
        watch.Refused("overload");
        call.Refuse(Refusals.Overloaded(queue.RetryAfter));
    }

    private static TimeSpan Patience(ServerCall call)
    {
        if (call.Deadline is not { } deadline) return Timeout.InfiniteTimeSpan;
        TimeSpan left = deadline - DateTimeOffset.UtcNow;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>What holds for every call of a method.</summary>
internal sealed class MethodRule
{
    public MethodRule(GrpcMethod method, AdmissionQueues queues)
    {
        Access = MethodAccess.Of(method.Descriptor);
        Collection = new CollectionField(method.Descriptor);

        // Waiting for an operation takes time and no work.
        IsStream = method.Kind != GrpcMethodKind.Unary || method.Name.StartsWith("Wait", StringComparison.Ordinal);
        Queue = IsStream ? queues.Streams : Access == CallAccess.Read ? queues.Reads : queues.Writes;
    }

    public CallAccess Access { get; }

    public CollectionField Collection { get; }

    public bool IsStream { get; }

    public AdmissionQueue Queue { get; }
}

/// <summary>What is known of a call under way.</summary>
internal sealed class CallState(MethodRule rule)
{
    public MethodRule Rule { get; } = rule;

    public CallIdentity? Caller { get; set; }

    public string? Collection { get; set; }

    /// <summary>The message of a unary call.</summary>
    public IMessage? Request { get; set; }

    /// <summary>Timestamp of the moment it got its place; 0 before, and when it has left it.</summary>
    public long Entered { get; set; }

    /// <summary>Bytes of its reply, from when that is made.</summary>
    public int Unwritten { get; set; }

    /// <summary>Ticks it waited for its place.</summary>
    public long Waited { get; set; }

    /// <summary>Gives its place up if it has one.</summary>
    public void Leave()
    {
        if (Entered == 0) return;
        Rule.Queue.Exit(Entered);
        Entered = 0;
    }
}
