using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Writes rows into <see cref="CodedLists"/>. Each residual is scaled so that its code points as nearly as possible in its
/// direction: a few scales around the best one for a normal distribution are tried (Gao et al., extended RaBitQ, SIGMOD
/// 2025, algorithm 1 enumerates all; the few lose under 1 % of the accuracy).
/// </summary>
internal sealed unsafe class ResidualEncoder
{
    private readonly CodedLists _lists;
    private readonly float[] _residual;
    private readonly byte[] _codes;
    private readonly byte[] _best;
    private double _spread;

    public ResidualEncoder(CodedLists lists)
    {
        _lists = lists;
        _residual = new float[lists.Dimension];
        _codes = new byte[lists.Dimension];
        _best = new byte[lists.Dimension];
    }

    private static ReadOnlySpan<double> Stretches => [0.75, 0.85, 0.93, 1.0, 1.08, 1.17, 1.3];

    /// <summary>Starts a list: its blocks are zeroed, and rows beyond its last are never below any threshold.</summary>
    public void Begin(int list)
    {
        _spread = 0;
        for (var b = _lists.BlockStarts[list]; b < _lists.BlockStarts[list + 1]; b++)
        {
            new Span<byte>(Block(b), _lists.BlockBytes).Clear();
            new Span<float>(Add(b), NibbleScan.BlockRows).Fill(float.PositiveInfinity);
        }
    }

    /// <summary>Ends a list: notes how uncertain its estimates are.</summary>
    public void End(int list)
    {
        var rows = _lists.RowStarts[list + 1] - _lists.RowStarts[list];
        _lists.Spreads[list] = rows == 0 ? 0 : (float)(2 * Math.Sqrt(_spread / rows));
    }

    /// <summary>Codes one row.</summary>
    /// <param name="list">Its list.</param>
    /// <param name="place">Its place in the list.</param>
    /// <param name="projected">The rotated row, Dimension floats.</param>
    /// <param name="centroid">The projected centroid.</param>
    /// <param name="tailNormSquared">Squared length of what the rotation leaves out of the row.</param>
    public void Encode(int list, int place, float* projected, float* centroid, double tailNormSquared)
    {
        _spread += Quantise(projected, centroid, out var factors);
        Write(Block(_lists.BlockStarts[list] + (place / NibbleScan.BlockRows)), place % NibbleScan.BlockRows, factors, tailNormSquared);
    }

    /// <summary>Chooses the code of one row, for <see cref="Write"/>.</summary>
    /// <param name="projected">The rotated row, Dimension floats.</param>
    /// <param name="centroid">The projected centroid of its list.</param>
    /// <param name="factors">What the estimate needs beside the code.</param>
    /// <returns>What the row adds to the uncertainty of its list.</returns>
    public double Quantise(float* projected, float* centroid, out CodeFactors factors)
    {
        var normSquared = 0.0;
        for (var j = 0; j < _residual.Length; j++)
        {
            _residual[j] = projected[j] - centroid[j];
            normSquared += (double)_residual[j] * _residual[j];
        }

        var along = Quantise(normSquared, out var cosineSquared);
        var top = (1 << _lists.Bits) - 1;
        var centroidAlong = 0.0;
        for (var j = 0; j < _best.Length; j++) centroidAlong += (double)centroid[j] * ((2 * _best[j]) - top);
        factors = new CodeFactors(normSquared, along > 0 ? normSquared / along : 0, centroidAlong);
        return normSquared * ((1 / cosineSquared) - 1) / Math.Max(1, _residual.Length - 1);
    }

    /// <summary>Writes the code last chosen into a blank place of a block; searches meet it from the moment its <c>add</c> is there.</summary>
    public void Write(byte* block, int row, in CodeFactors factors, double tailNormSquared)
    {
        var codes = new Span<byte>(block, _lists.BlockBytes);
        var each = NibbleTables.GroupBits / _lists.Bits;
        for (var j = 0; j < _best.Length; j++) NibbleScan.SetCode(codes, j / each, row, _best[j] << (j % each * _lists.Bits));
        var add = (float*)(block + (_lists.Groups * NibbleScan.GroupBytes));
        (add + NibbleScan.BlockRows)[row] = (float)(-2 * factors.Scale);
        Volatile.Write(ref add[row], (float)(factors.NormSquared + (2 * factors.Scale * factors.CentroidAlong) + tailNormSquared));
    }

    /// <summary>Chooses the codes; returns ⟨r,u⟩ and the squared cosine of r and u.</summary>
    private double Quantise(double normSquared, out double cosineSquared)
    {
        var bits = _lists.Bits;
        var half = 1 << (bits - 1);
        var top = (1 << bits) - 1;
        // The step that Lloyd and Max found best for a unit normal variable and so many uniform levels.
        var step = Math.Sqrt(normSquared / _residual.Length) * bits switch { 1 => 1.596, 2 => 0.9957, _ => 0.3352 };
        var bestAlong = 0.0;
        cosineSquared = normSquared > 0 ? 0 : 1;
        foreach (var stretch in bits == 1 ? [1.0] : Stretches)
        {
            var inverse = step > 0 ? (float)(1 / (step * stretch)) : 0;
            double along = 0;
            long length = 0;
            for (var j = 0; j < _residual.Length; j++)
            {
                var code = Math.Clamp((int)MathF.Floor(_residual[j] * inverse) + half, 0, top);
                var u = (2 * code) - top;
                _codes[j] = (byte)code;
                along += _residual[j] * u;
                length += u * u;
            }

            var squared = normSquared > 0 ? along * along / (length * normSquared) : 1;
            if (squared < cosineSquared && bestAlong != 0) continue;
            cosineSquared = squared;
            bestAlong = along;
            _codes.AsSpan().CopyTo(_best);
        }

        if (cosineSquared <= 0) cosineSquared = 1;
        return bestAlong;
    }

    private byte* Block(int b) => _lists.Blocks + ((long)b * _lists.BlockBytes);

    private float* Add(int b) => (float*)(Block(b) + (_lists.Groups * NibbleScan.GroupBytes));
}

/// <summary>What an estimate needs beside a row's code u (see <see cref="CodedLists"/>): ‖r‖², s and ⟨c,u⟩.</summary>
internal readonly record struct CodeFactors(double NormSquared, double Scale, double CentroidAlong);
