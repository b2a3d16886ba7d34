using Microsoft.Extensions.Logging;
using VectorSearch.Collections;
using VectorSearch.Server.Overload;

namespace VectorSearch.Server.Metrics;

/// <summary>Everything that watches a server, with one life.</summary>
internal sealed class Instrumentation : IAsyncDisposable
{
    private readonly ServerMeter _meter;
    private readonly RecallSampler? _sampler;

    /// <summary>Begins to watch.</summary>
    public Instrumentation(ServerOptions options, CollectionCatalog catalog, AdmissionQueues queues, AnswerQuery answer, ILoggerFactory logs)
    {
        ILogger log = logs.CreateLogger(ServerLog.Category);
        _meter = new ServerMeter(catalog, queues);
        Collector = new MetricsCollector(OpenTelemetryExport.Meters, _meter);
        _sampler = options.RecallSamplingPercent == 0 ? null : new RecallSampler(answer, options.RecallSamplingPercent, _meter.Meter, log, TimeProvider.System);
        Watch = new CallWatch(_meter.Meter, log, TimeSpan.FromMilliseconds(options.SlowCallMilliseconds), _sampler);
    }

    /// <summary>The newest state of all metrics.</summary>
    public MetricsCollector Collector { get; }

    /// <summary>What calls are told to.</summary>
    public CallWatch Watch { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sampler is not null) await _sampler.DisposeAsync();
        Collector.Dispose();
        _meter.Dispose();
    }
}
