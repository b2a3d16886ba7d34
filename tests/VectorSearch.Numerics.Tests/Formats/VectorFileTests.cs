using System.Buffers.Binary;
using System.Text;
using VectorSearch.Numerics.Formats;
using VectorSearch.Testing;

namespace VectorSearch.Numerics.Tests.Formats;

public sealed class VectorFileTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.fvecs")]
    [InlineData("a.fbin")]
    [InlineData("a.npy")]
    [InlineData("A.FVECS")]
    public void Floats_come_back_as_written(string name)
    {
        var random = TestSeed.Random();
        var values = Enumerable.Range(0, 7 * 13).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var path = _folder.Combine(name);

        VectorFile.WriteFloats(path, values, 13);
        using var read = VectorFile.ReadFloats(path);

        Assert.Equal((7, 13), (read.Rows, read.Dimension));
        for (var row = 0; row < 7; row++) Assert.Equal(values.AsSpan(row * 13, 13), read[row]);
    }

    [Theory]
    [InlineData("a.ivecs")]
    [InlineData("a.ibin")]
    [InlineData("a.npy")]
    public void Integers_come_back_as_written(string name)
    {
        int[] values = [0, 1, -1, int.MaxValue, int.MinValue, 42];
        var path = _folder.Combine(name);

        VectorFile.WriteInts(path, values, 3);
        using var read = VectorFile.ReadInts(path);

        Assert.Equal(values[..3], read[0].ToArray());
        Assert.Equal(values[3..], read[1].ToArray());
    }

    [Fact]
    public void Only_the_first_rows_are_read_when_fewer_are_asked_for()
    {
        var path = _folder.Combine("a.fvecs");
        VectorFile.WriteFloats(path, [1, 2, 3, 4, 5, 6], 2);

        using var read = VectorFile.ReadFloats(path, maxRows: 2);

        Assert.Equal(2, read.Rows);
        Assert.Equal([3f, 4f], read[1].ToArray());
    }

    [Theory]
    [InlineData("<f2", "003C00C0", 1f, -2f)]
    [InlineData("<f8", "000000000000F03F00000000000000C0", 1f, -2f)]
    [InlineData("|u1", "01FE", 1f, 254f)]
    [InlineData("|i1", "01FE", 1f, -2f)]
    [InlineData("<i8", "0100000000000000FEFFFFFFFFFFFFFF", 1f, -2f)]
    [InlineData("<u4", "01000000FFFFFFFF", 1f, 4294967295f)]
    public void Every_npy_element_type_is_widened_to_float(string descr, string data, float first, float second)
    {
        var path = WriteNpy($"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1, 2), }}", Convert.FromHexString(data));

        using var read = VectorFile.ReadFloats(path);

        Assert.Equal([first, second], read[0].ToArray());
    }

    [Fact]
    public void A_one_dimensional_npy_array_is_one_column()
    {
        var path = WriteNpy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", [1, 0, 0, 0, 2, 0, 0, 0]);

        using var read = VectorFile.ReadInts(path);

        Assert.Equal((2, 1), (read.Rows, read.Dimension));
    }

    [Fact]
    public void Npy_rows_start_at_a_multiple_of_64_bytes()
    {
        var path = _folder.Combine("a.npy");
        VectorFile.WriteFloats(path, [1, 2], 2);

        Assert.Equal(0, (new FileInfo(path).Length - 8) % 64);
    }

    [Theory]
    [InlineData(".fvecs", "", 0, "empty")]
    [InlineData(".fvecs", "0200", 2, "end of the file")]
    [InlineData(".fvecs", "000000000000000000000000", 0, "dimension 0")]
    [InlineData(".fvecs", "FFFFFFFF", 0, "dimension -1")]
    [InlineData(".fvecs", "020000000000803F0000803F0200", 12, "2 bytes at the end")]
    [InlineData(".fvecs", "010000000000803F020000000000803F", 8, "dimension 2")]
    [InlineData(".fbin", "01000000", 4, "end of the file")]
    [InlineData(".fbin", "0100000000000000", 4, "dimension 0")]
    [InlineData(".fbin", "FFFFFFFF01000000", 0, "4294967295 rows")]
    [InlineData(".fbin", "0200000001000000" + "0000803F", 12, "12 bytes")]
    [InlineData(".fbin", "0100000001000000" + "0000803F00", 12, "13 bytes")]
    [InlineData(".npy", "93", 1, "end of the file")]
    [InlineData(".npy", "0102030405060708", 0, "010203040506")]
    [InlineData(".npy", "934E554D50590900", 6, "version 9")]
    [InlineData(".npy", "934E554D505902007FFFFFFF", 8, "a header of")]
    public void A_damaged_file_is_refused_with_the_offset_of_the_damage(string ending, string hex, long offset, string found)
    {
        var path = _folder.Combine("bad" + ending);
        File.WriteAllBytes(path, Convert.FromHexString(hex));

        var error = Assert.Throws<VectorFormatException>(() => VectorFile.ReadFloats(path));

        Assert.Equal(offset, error.Offset);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1), }", ">f4")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "fortran_order True")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), }", "shape")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1), }", "-1 rows")]
    [InlineData("{}", "'descr'")]
    public void An_npy_header_that_cannot_be_read_is_named(string header, string found)
    {
        var path = WriteNpy(header, [0, 0, 0, 0]);

        var error = Assert.Throws<VectorFormatException>(() => VectorFile.ReadFloats(path));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_integer_beyond_32_bits_is_refused_at_its_offset()
    {
        var header = "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 2), }";
        var data = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(8), 1L << 40);
        var path = WriteNpy(header, data);

        var error = Assert.Throws<VectorFormatException>(() => VectorFile.ReadInts(path));

        Assert.Equal(10 + header.Length + 8, error.Offset);
    }

    [Fact]
    public void Floats_are_not_read_as_ids()
    {
        var path = _folder.Combine("a.fbin");
        VectorFile.WriteFloats(path, [1], 1);

        Assert.Throws<VectorFormatException>(() => VectorFile.ReadInts(path));
    }

    [Fact]
    public void An_unknown_ending_is_refused()
    {
        var path = _folder.Combine("a.txt");
        File.WriteAllText(path, "1 2 3");

        Assert.Contains(".fvecs", Assert.Throws<VectorFormatException>(() => VectorFile.ReadFloats(path)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => VectorFile.WriteFloats(path, [1], 1));
    }

    [Fact]
    public void Every_truncation_and_every_flipped_header_byte_is_refused_or_read_never_crashes()
    {
        foreach (var ending in new[] { ".fvecs", ".fbin", ".npy" })
        {
            var path = _folder.Combine("cut" + ending);
            VectorFile.WriteFloats(path, [1, 2, 3, 4, 5, 6], 3);
            var bytes = File.ReadAllBytes(path);
            for (var length = 0; length < bytes.Length; length++)
            {
                File.WriteAllBytes(path, bytes[..length]);
                if (ending == ".fvecs" && length == 16) continue; // one whole row of two is a valid file
                Assert.Throws<VectorFormatException>(() => VectorFile.ReadFloats(path));
            }

            for (var at = 0; at < bytes.Length; at++)
            {
                var flipped = bytes.ToArray();
                flipped[at] ^= 0x80;
                File.WriteAllBytes(path, flipped);
                var error = Record.Exception(() => VectorFile.ReadFloats(path).Dispose());
                Assert.True(error is null or VectorFormatException, $"{ending} byte {at}: {error}");
            }
        }
    }

    private string WriteNpy(string header, byte[] data)
    {
        var path = _folder.Combine("a.npy");
        byte[] head = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8)];
        File.WriteAllBytes(path, [.. head, .. Encoding.ASCII.GetBytes(header), .. data]);
        return path;
    }
}
