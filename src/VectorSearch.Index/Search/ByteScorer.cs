using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>Distances between codes, for every metric; see <see cref="ByteCodes"/>.</summary>
internal readonly unsafe struct ByteScorer : IScorer<ByteScorer>
{
    private readonly sbyte* _codes;
    private readonly sbyte* _query;
    private readonly nint _stride;
    private readonly nint _dimension;
    private readonly float _constant;
    private readonly float _weight;

    private ByteScorer(ByteCodes codes, sbyte* query)
    {
        _codes = codes.Base;
        _query = query;
        _stride = codes.CodeBytes;
        _dimension = codes.PaddedDimension;
        _constant = codes.Constant;
        _weight = codes.Weight;
    }

    public static int PrefetchAhead => 8;

    public static bool IsExact => false;

    public static ByteScorer ForQuery(HnswGraph graph, SearchScratch scratch)
    {
        ByteCodes codes = graph.Codes!;
        codes.Encode(scratch.Query, scratch.QueryCode);
        return new ByteScorer(codes, scratch.QueryCode);
    }

    public static ByteScorer ForRow(HnswGraph graph, int slot) => new(graph.Codes!, graph.Codes!.Code(slot));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float To(int slot) => Distance(_query, _codes + (slot * _stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Between(int a, int b) => Distance(_codes + (a * _stride), _codes + (b * _stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int slot) => Numerics.Prefetch.Range(_codes + (slot * _stride), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Distance(sbyte* x, sbyte* y)
    {
        float* tailX = (float*)(x + _dimension), tailY = (float*)(y + _dimension);
        return _constant + (tailX[1] + tailY[1]) - (_weight * tailX[0] * tailY[0] * SignedByteMath.Dot(x, y, _dimension));
    }
}
