using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// A short code of every row for the walk: x ≈ c + s·b with the centre c of all rows, a scale s of the row, and signed
/// bytes b. It takes about a quarter of the row's cache lines, which is what a walk waits for; the nearest found are
/// compared again with the rows themselves.
/// <para>
/// The distance of two codes is that of the vectors they stand for, exactly: with B = Σbᵢb'ᵢ it is
/// t + t' − 2ss'B under squared distance (t = ‖s·b‖²), and −(ss'B + t + t') under the inner product
/// (t = c·(s·b) + ‖c‖²/2), with 1 added under cosine. One form serves all: constant + t + t' − weight·ss'B.
/// </para>
/// <para>Layout of a code: the bytes, padded to a multiple of 16, then s and t as float32, padded to whole cache lines.</para>
/// </summary>
internal sealed unsafe class ByteCodes : IDisposable
{
    /// <summary>Below this dimension a row has at most two lines more than its code, and codes do not pay.</summary>
    internal const int MinDimension = 32;

    private const float Greatest = 127;

    private readonly NativeBuffer _buffer;
    private readonly float[] _center;
    private readonly double _halfCenterNormSquared;
    private readonly bool _squared;

    internal ByteCodes(ReadOnlySpan<float> center, Metric metric, int maxSlots)
    {
        _center = center.ToArray();
        _halfCenterNormSquared = VectorMath.NormSquaredDouble(center) / 2;
        _squared = metric == Metric.SquaredEuclidean;
        Constant = metric == Metric.Cosine ? 1 : 0;
        Weight = _squared ? 2 : 1;
        PaddedDimension = SignedByteMath.PaddedLength(center.Length);
        CodeBytes = (PaddedDimension + (2 * sizeof(float)) + Prefetch.CacheLineBytes - 1) / Prefetch.CacheLineBytes * Prefetch.CacheLineBytes;
        _buffer = new NativeBuffer((long)maxSlots * CodeBytes);
        Base = (sbyte*)_buffer.Start;
    }

    /// <summary>Bytes from one code to the next.</summary>
    internal int CodeBytes { get; }

    /// <summary>Bytes b of a code.</summary>
    internal int PaddedDimension { get; }

    /// <summary>The code of slot 0.</summary>
    internal sbyte* Base { get; }

    /// <summary>What is added to every distance.</summary>
    internal float Constant { get; }

    /// <summary>What ss'B is multiplied with.</summary>
    internal float Weight { get; }

    /// <summary>The centre c.</summary>
    internal ReadOnlySpan<float> Center => _center;

    /// <summary>Bytes that a code of this dimension takes.</summary>
    internal static int BytesFor(int dimension) =>
        (SignedByteMath.PaddedLength(dimension) + (2 * sizeof(float)) + Prefetch.CacheLineBytes - 1) / Prefetch.CacheLineBytes * Prefetch.CacheLineBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal sbyte* Code(int slot) => Base + ((nint)slot * CodeBytes);

    /// <summary>The scale s of a slot: half of it is the greatest error of a coordinate.</summary>
    internal float Scale(int slot) => ((float*)(Code(slot) + PaddedDimension))[0];

    /// <summary>Makes room for slots below <paramref name="slots"/>. The caller serialises.</summary>
    internal void EnsureSlots(int slots) => _buffer.Commit((long)slots * CodeBytes);

    /// <summary>Encodes a prepared row or query.</summary>
    internal void Encode(float* row, sbyte* code)
    {
        float greatest = 0;
        for (int i = 0; i < _center.Length; i++) greatest = Math.Max(greatest, Math.Abs(row[i] - _center[i]));
        float scale = greatest / Greatest, inverse = greatest > 0 ? Greatest / greatest : 0;
        long normSquared = 0;
        double withCenter = 0;
        for (int i = 0; i < _center.Length; i++)
        {
            int b = (int)MathF.Round(Math.Clamp((row[i] - _center[i]) * inverse, -Greatest, Greatest));
            code[i] = (sbyte)b;
            normSquared += b * b;
            withCenter += (double)b * _center[i];
        }

        for (int i = _center.Length; i < PaddedDimension; i++) code[i] = 0;
        float* tail = (float*)(code + PaddedDimension);
        tail[0] = scale;
        tail[1] = (float)(_squared ? (double)scale * scale * normSquared : -((scale * withCenter) + _halfCenterNormSquared));
    }

    public void Dispose() => _buffer.Dispose();
}
