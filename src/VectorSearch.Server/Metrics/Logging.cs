using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace VectorSearch.Server.Metrics;

/// <summary>The server's log: warnings and errors, on standard error, each with its fields named.</summary>
internal static class Logging
{
    /// <summary>Sets the log up.</summary>
    public static void Configure(ILoggingBuilder logging, ServerOptions options)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Warning);

        // The host logs a failed start with its stack and throws it too: the caller tells it in words.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);

        // Whoever listens to this category makes the host prepare a scope and an activity for every request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.FormatterName = options.LogFormat == "json" ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
        });
        logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        logging.AddSimpleConsole(text => (text.SingleLine, text.UseUtcTimestamp, text.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ "));

        // The two calls above each choose their own form; the one that was asked for is the last word.
        logging.AddConsole(console => console.FormatterName = options.LogFormat == "json" ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple);
    }
}
