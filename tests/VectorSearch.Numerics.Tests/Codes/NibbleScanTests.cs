using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Numerics.Codes;
using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests.Codes;

public sealed unsafe class NibbleScanTests
{
    [Fact]
    public void Sums_equal_the_scalar_reference_for_any_codes_and_tables() =>
        Prop.ForAll(Gen.Choose(1, 256).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), SumsEqual).QuickCheckThrowOnFailure();

    [Fact]
    public void A_code_set_for_a_row_is_summed_for_that_row_alone()
    {
        const int Groups = 4;
        var block = new byte[Groups * NibbleScan.GroupBytes];
        var tables = new byte[block.Length];
        for (var g = 0; g < Groups; g++) tables[(g * 16) + 5] = (byte)(g + 1);
        for (var row = 0; row < NibbleScan.BlockRows; row++)
        {
            Array.Clear(block);
            for (var g = 0; g < Groups; g++) NibbleScan.SetCode(block, g, row, 5);
            var sums = new ushort[NibbleScan.BlockRows];
            fixed (byte* b = block, t = tables)
            fixed (ushort* s = sums) NibbleScan.Sum(b, t, Groups, s);
            Assert.Equal(Enumerable.Range(0, 32).Select(r => (ushort)(r == row ? 10 : 0)), sums);
        }
    }

    [Theory]
    [InlineData(1, 37)]
    [InlineData(2, 37)]
    [InlineData(4, 37)]
    [InlineData(1, 1500)]
    public void Tables_give_the_product_with_a_code_within_half_a_step_a_group(int bits, int dimension)
    {
        var random = TestSeed.Random(bits);
        var groups = NibbleTables.Groups(dimension, bits);
        var each = NibbleTables.GroupBits / bits;
        var query = new float[groups * each];
        for (var j = 0; j < dimension; j++) query[j] = (float)(random.NextDouble() - 0.5);
        var block = new byte[groups * NibbleScan.GroupBytes];
        var codes = new int[NibbleScan.BlockRows, dimension];
        for (var row = 0; row < NibbleScan.BlockRows; row++)
        {
            for (var j = 0; j < dimension; j++)
            {
                codes[row, j] = random.Next(1 << bits);
                NibbleScan.SetCode(block, j / each, row, codes[row, j] << (j % each * bits));
            }
        }

        var tables = new byte[block.Length];
        var sums = new ushort[NibbleScan.BlockRows];
        float step, bias;
        fixed (float* q = query)
        fixed (byte* t = tables, b = block)
        fixed (ushort* s = sums)
        {
            (step, bias) = NibbleTables.Build(q, groups, bits, t);
            NibbleScan.Sum(b, t, groups, s);
        }

        for (var row = 0; row < NibbleScan.BlockRows; row++)
        {
            var exact = 0.0;
            for (var j = 0; j < dimension; j++) exact += query[j] * (double)((2 * codes[row, j]) - ((1 << bits) - 1));
            var estimate = (sums[row] * step) + bias;
            Assert.True(Math.Abs(exact - estimate) <= (groups * step * 0.501) + 1e-3, $"row {row}: {exact} and {estimate}. {TestSeed.Describe}");
        }
    }

    [Fact]
    public void Estimates_below_the_threshold_are_reported_and_no_others()
    {
        const int Groups = 8;
        var random = TestSeed.Random(7);
        var block = new byte[(Groups * NibbleScan.GroupBytes) + (2 * NibbleScan.BlockRows * sizeof(float))];
        random.NextBytes(block.AsSpan(0, Groups * NibbleScan.GroupBytes));
        var tables = new byte[Groups * NibbleScan.GroupBytes];
        random.NextBytes(tables);
        var factors = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(block.AsSpan(Groups * NibbleScan.GroupBytes));
        for (var i = 0; i < factors.Length; i++) factors[i] = random.NextSingle();
        factors[31] = float.PositiveInfinity;
        var sums = new ushort[NibbleScan.BlockRows];
        var estimates = new float[NibbleScan.BlockRows];
        fixed (byte* b = block, t = tables)
        fixed (ushort* s = sums)
        fixed (float* e = estimates)
        {
            NibbleScan.Sum(b, t, Groups, s);
            var below = NibbleScan.Estimate(b, t, Groups, 0.5f, -3, 2, 300, e, b);
            for (var row = 0; row < NibbleScan.BlockRows; row++)
            {
                var expected = (((sums[row] * 0.5f) - 3) * factors[32 + row]) + factors[row] + 2;
                Assert.Equal(expected < 300, (below & (1u << row)) != 0);
                if (float.IsFinite(expected)) Assert.Equal(expected, estimates[row], 0.01f);
            }
        }
    }

    private static void SumsEqual(int quarter, int seed)
    {
        var groups = quarter * NibbleScan.GroupMultiple;
        var random = new Random(seed);
        var block = new byte[groups * NibbleScan.GroupBytes];
        var tables = new byte[block.Length];
        random.NextBytes(block);
        for (var i = 0; i < tables.Length; i++) tables[i] = (byte)random.Next(NibbleScan.TableTop(groups) + 1);
        var expected = new ushort[NibbleScan.BlockRows];
        var actual = new ushort[NibbleScan.BlockRows];
        fixed (byte* b = block, t = tables)
        fixed (ushort* e = expected, a = actual)
        {
            NibbleScan.SumScalar(b, t, groups, e);
            NibbleScan.Sum(b, t, groups, a);
            Assert.Equal(expected, actual);
            if (!System.Runtime.Intrinsics.X86.Avx2.IsSupported) return;
            NibbleScan.Sum256(b, t, groups, a);
            Assert.Equal(expected, actual);
        }
    }
}
