namespace VectorSearch.Index;

/// <summary>Watches, link by link, whether the codes still suit the data, which may change after they were made.</summary>
internal sealed class CodeWatch
{
    /// <summary>Links between two verdicts.</summary>
    private const int Window = 256;

    private int _links;
    private int _coarse;

    /// <summary>Notes a linked node; true when most of the last ones had codes that are too coarse.</summary>
    internal bool Note(bool coarse)
    {
        if (coarse) Interlocked.Increment(ref _coarse);
        if (Interlocked.Increment(ref _links) % Window != 0) return false;
        return Interlocked.Exchange(ref _coarse, 0) > Window / 2;
    }
}
