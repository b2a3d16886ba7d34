using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Numerics;

/// <summary>
/// Turns what defines the coordinates of a space into its <see cref="SpaceId"/>: SHA-256 over a canonical byte string.
/// <para>
/// Canonical form: the ASCII line <c>vectorsearch.space/1\n</c>, then every part in the order it was added as
/// UTF-8 name length (u32), name, value length (u64), value; all integers and floats little-endian. A model adds, in
/// this order: <c>encoder</c>, <c>table</c>, <c>dimension</c>, <c>metric</c>, <c>normalisation</c>, then its
/// preprocessing and weights under names of its own. Times, dates, quality figures and the model card stay out: they
/// do not move a vector. Rows folded in later stay out too: they move no other vector.
/// </para>
/// </summary>
public sealed class SpaceDigest : IDisposable
{
    private const int CopyBufferBytes = 1 << 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Starts a digest with the five parts that every space has.</summary>
    /// <param name="encoder">Kind and version of the encoder, such as <c>ials-item/1</c>.</param>
    /// <param name="table">Which table or question of the model, such as <c>items</c>.</param>
    /// <param name="dimension">Coordinates a vector has.</param>
    /// <param name="metric">How two vectors are compared.</param>
    /// <param name="normalisation">What is done to a vector before it is compared: <c>none</c> or <c>unit-l2</c>.</param>
    public SpaceDigest(string encoder, string table, int dimension, Metric metric, string normalisation)
    {
        _hash.AppendData("vectorsearch.space/1\n"u8);
        Add("encoder", encoder);
        Add("table", table);
        Add("dimension", dimension);
        Add("metric", (int)metric);
        Add("normalisation", normalisation);
    }

    /// <summary>Adds a text.</summary>
    public void Add(string name, string value) => Add(name, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a 64-bit integer.</summary>
    public void Add(string name, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Add(name, bytes);
    }

    /// <summary>Adds a 64-bit float by its bits.</summary>
    public void Add(string name, double value) => Add(name, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Adds bytes.</summary>
    public void Add(string name, ReadOnlySpan<byte> value)
    {
        Head(name, value.Length);
        _hash.AppendData(value);
    }

    /// <summary>Adds weights, row-major.</summary>
    public void Add(string name, ReadOnlySpan<float> weights)
    {
        Head(name, (long)weights.Length * sizeof(float));
        if (BitConverter.IsLittleEndian)
        {
            // A span of bytes holds 2 GiB, a table of weights may be larger: feed it in pieces.
            for (int at = 0; at < weights.Length; at += CopyBufferBytes)
                _hash.AppendData(MemoryMarshal.AsBytes(weights[at..Math.Min(weights.Length, at + CopyBufferBytes)]));
            return;
        }

        Span<byte> one = stackalloc byte[sizeof(float)];
        foreach (float weight in weights)
        {
            BinaryPrimitives.WriteSingleLittleEndian(one, weight);
            _hash.AppendData(one);
        }
    }

    /// <summary>Adds a list of texts, such as a vocabulary in row order.</summary>
    public void Add(string name, IReadOnlyList<string> values)
    {
        long bytes = 0;
        foreach (string value in values) bytes += sizeof(int) + Encoding.UTF8.GetByteCount(value);
        Head(name, bytes);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string value in values)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(value);
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            _hash.AppendData(length);
            _hash.AppendData(utf8);
        }
    }

    /// <summary>Ends the digest. The instance starts anew and must not be used again.</summary>
    public SpaceId ToSpaceId()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(digest);
        return SpaceId.FromDigest(digest);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Head(string name, long valueBytes)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        Span<byte> head = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(head, utf8.Length);
        _hash.AppendData(head);
        _hash.AppendData(utf8);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, valueBytes);
        _hash.AppendData(length);
    }
}
