using System.Globalization;
using System.Text;

namespace VectorSearch.Server.Metrics;

/// <summary>Writes metrics in Prometheus' text form, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The text of all families.</summary>
    public static string Write(IEnumerable<MetricFamily> families)
    {
        StringBuilder text = new();

        // Two meters may have an instrument of one name; the format wants its series together.
        foreach (IGrouping<string, MetricFamily> same in families.GroupBy(Name))
        {
            MetricFamily first = same.First();
            MetricSeries[] all = [.. same.Where(family => family.Kind == first.Kind && family.Bounds.SequenceEqual(first.Bounds)).SelectMany(family => family.Series)];
            if (all.Length == 0) continue;
            text.Append("# HELP ").Append(same.Key).Append(' ').Append(Escape(first.Description, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(same.Key).Append(' ').Append(first.Kind switch
            {
                MetricKind.Counter => "counter",
                MetricKind.Histogram => "histogram",
                _ => "gauge",
            }).Append('\n');
            foreach (MetricSeries series in all)
            {
                if (first.Kind == MetricKind.Histogram) WriteHistogram(text, same.Key, first, series);
                else WriteSample(text, same.Key, series, null, Number(series.Value));
            }
        }

        return text.ToString();
    }

    /// <summary>A name as Prometheus has them: words joined by '_', with the unit, and _total for what only grows.</summary>
    public static string Name(MetricFamily family)
    {
        StringBuilder name = new();
        foreach (char c in family.Name) name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        string unit = family.Unit switch
        {
            "ms" => "milliseconds",
            "s" => "seconds",
            "By" => "bytes",
            _ => "",
        };
        if (unit.Length > 0 && !family.Name.EndsWith(unit, StringComparison.Ordinal)) name.Append('_').Append(unit);
        if (family.Kind == MetricKind.Counter) name.Append("_total");
        return name.ToString();
    }

    private static void WriteHistogram(StringBuilder text, string name, MetricFamily family, MetricSeries series)
    {
        long[] buckets = series.Buckets;
        long below = 0;
        for (int i = 0; i < buckets.Length; i++)
        {
            below += buckets[i];
            WriteSample(text, name + "_bucket", series, i < family.Bounds.Count ? Number(family.Bounds[i]) : "+Inf", Number(below));
        }

        WriteSample(text, name + "_sum", series, null, Number(series.Value));
        WriteSample(text, name + "_count", series, null, Number(below));
    }

    private static void WriteSample(StringBuilder text, string name, MetricSeries series, string? upTo, string value)
    {
        text.Append(name);
        string open = "{";
        foreach ((string tag, object? content) in series.Tags)
        {
            text.Append(open);
            foreach (char c in tag) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            text.Append("=\"").Append(Escape(Convert.ToString(content, CultureInfo.InvariantCulture) ?? "", quotes: true)).Append('"');
            open = ",";
        }

        if (upTo is not null)
        {
            text.Append(open).Append("le=\"").Append(upTo).Append('"');
            open = ",";
        }

        if (open == ",") text.Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Escape(string value, bool quotes)
    {
        value = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? value.Replace("\"", "\\\"", StringComparison.Ordinal) : value;
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
