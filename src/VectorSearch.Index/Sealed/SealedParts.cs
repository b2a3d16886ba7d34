using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>Everything a sealed index consists of.</summary>
internal sealed class SealedParts : IDisposable
{
    public required VectorForm Form { get; init; }

    public required Rotation Rotation { get; init; }

    public required float[] Centroids { get; init; }

    public required CentroidTree Tree { get; init; }

    public required CodedLists Lists { get; init; }

    public required RowStore Rows { get; init; }

    /// <summary>The number, as given, of the row at each place.</summary>
    public required int[] Ids { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Checks blocks before their first use; null for an index that was never in a file, or was checked as it was read.</summary>
    public MappedBlocks? Guard { get; init; }

    public EffortLevel[] Efforts { get; set; } = [];

    /// <summary>What the audit after the build found.</summary>
    public SealedAudit Audit { get; set; }

    /// <summary>Rotates what is in <see cref="SearchMemory.Form"/>, which leaves zeros beyond the rotation's output.</summary>
    public unsafe RotatedQuery Rotate(SearchMemory memory)
    {
        var m = Rotation.Output;
        Rotation.Apply(memory.Form, memory.Projected);
        new Span<float>(memory.Projected + m, Math.Max(0, Rotation.Input - m)).Clear();
        return new RotatedQuery(
            memory.Whole, SignedByteRows.EncodeQuery(memory.Projected, m, memory.Whole), VectorMath.Dot(memory.Projected, memory.Projected, m));
    }

    public void Dispose()
    {
        Rotation.Dispose();
        Tree.Dispose();
        Lists.Dispose();
        Rows.Dispose();
    }
}

/// <summary>What the audit of a sealed index found.</summary>
/// <param name="UnreachableLists">Lists that no search can visit.</param>
/// <param name="MisplacedRows">Rows that are in no list or in two.</param>
/// <param name="SelfRecall">Of a sample of rows, the share that finds itself when searched for with its own vector.</param>
public readonly record struct SealedAudit(int UnreachableLists, int MisplacedRows, double SelfRecall)
{
    /// <summary>The least self-recall that is accepted.</summary>
    public const double MinSelfRecall = 0.98;

    /// <summary>True when searches can be trusted.</summary>
    public bool IsSound => UnreachableLists == 0 && MisplacedRows == 0 && SelfRecall >= MinSelfRecall;
}
