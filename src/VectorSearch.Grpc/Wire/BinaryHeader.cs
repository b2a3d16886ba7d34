using System.Buffers;

namespace VectorSearch.Grpc;

/// <summary>Values of <c>-bin</c> headers: base64, written without padding, read with or without it.</summary>
internal static class BinaryHeader
{
    private const int QuantumCharacters = 4;

    internal static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <exception cref="FormatException">The text is not base64.</exception>
    internal static byte[] Decode(ReadOnlySpan<char> text)
    {
        text = text.Trim(' ').TrimEnd('=');
        int padded = (text.Length + QuantumCharacters - 1) / QuantumCharacters * QuantumCharacters;
        char[] rented = ArrayPool<char>.Shared.Rent(padded);
        try
        {
            text.CopyTo(rented);
            rented.AsSpan(text.Length, padded - text.Length).Fill('=');
            return Convert.FromBase64CharArray(rented, 0, padded);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}
