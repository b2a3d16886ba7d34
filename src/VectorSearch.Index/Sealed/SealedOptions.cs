using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>What defines a <see cref="SealedIndex"/>. The same rows, options and seed give the same bytes, whatever the threads.</summary>
public sealed record SealedOptions
{
    /// <summary>Most coordinates of a row.</summary>
    public const int MaxDimension = 65_535;

    /// <summary>Most lists.</summary>
    public const int MaxLists = 1 << 20;

    /// <summary>Most calibration queries.</summary>
    public const int MaxCalibrationQueries = 10_000;

    /// <summary>Slots are below it.</summary>
    public const int MaxSlots = 1 << 28;

    /// <summary>Calibration queries when none are asked for.</summary>
    public const int DefaultCalibrationQueries = 300;

    /// <summary>The seed when none is given.</summary>
    public const ulong DefaultSeed = 20_241_112;

    /// <summary>How vectors are compared.</summary>
    public required Metric Metric { get; init; }

    /// <summary>How rows are kept; this decides the memory (see <see cref="RowFormat"/>).</summary>
    public RowFormat Rows { get; init; } = RowFormat.FullFloat;

    /// <summary>Lists the rows are parted into; 0 chooses by the number of rows.</summary>
    public int Lists { get; init; }

    /// <summary>Bits a coordinate of the short codes: 1, 2 or 4; 0 chooses by the dimension.</summary>
    public int CodeBits { get; init; }

    /// <summary>Rows that are searched for to find what recall an effort gives; 0 leaves the effort uncalibrated.</summary>
    public int CalibrationQueries { get; init; } = DefaultCalibrationQueries;

    /// <summary>Threads of the build; 0 takes all cores. Does not change the result.</summary>
    public int Threads { get; init; }

    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = DefaultSeed;

    /// <summary>All that is wrong, each fault naming the field, what came and what was expected.</summary>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        if (!Enum.IsDefined(Metric)) faults.Add($"{nameof(Metric)} is {Metric}; expected one of {string.Join(", ", Enum.GetNames<Metric>())}.");
        if (Rows is not (RowFormat.FullFloat or RowFormat.HalfFloat or RowFormat.ScaledByte))
            faults.Add($"{nameof(Rows)} is {Rows}; expected FullFloat, HalfFloat or ScaledByte.");
        Range(nameof(Lists), Lists, 0, MaxLists);
        if (CodeBits is not (0 or 1 or 2 or 4)) faults.Add($"{nameof(CodeBits)} is {CodeBits}; expected 0, 1, 2 or 4.");
        Range(nameof(CalibrationQueries), CalibrationQueries, 0, MaxCalibrationQueries);
        Range(nameof(Threads), Threads, 0, 1024);
        return faults;

        void Range(string field, int value, int least, int greatest)
        {
            if (value < least || value > greatest) faults.Add($"{field} is {value}; expected {least} to {greatest}.");
        }
    }
}
