using System.Buffers;
using System.Text;

namespace VectorSearch.Grpc;

/// <summary>
/// The header <c>grpc-message</c>: UTF-8 where every byte outside 0x20 to 0x7E, and '%' itself, is written as '%' and two
/// hex digits.
/// </summary>
internal static class PercentCodec
{
    private const int EscapeLength = 3;
    private const string HexDigits = "0123456789ABCDEF";

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    internal static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain)) return text;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var encoded = new StringBuilder(utf8.Length * 2);
        foreach (byte b in utf8)
        {
            if (Plain.Contains((char)b)) encoded.Append((char)b);
            else encoded.Append('%').Append(HexDigits[b >> 4]).Append(HexDigits[b & 0xF]);
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: an escape that is none stays as it is, and bytes that are not UTF-8 become U+FFFD.</summary>
    internal static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        int written = 0;
        for (int read = 0; read < utf8.Length;)
        {
            if (utf8[read] == '%' && read + EscapeLength <= utf8.Length
                && char.IsAsciiHexDigit((char)utf8[read + 1]) && char.IsAsciiHexDigit((char)utf8[read + 2]))
            {
                utf8[written++] = (byte)(HexValue(utf8[read + 1]) << 4 | HexValue(utf8[read + 2]));
                read += EscapeLength;
            }
            else
            {
                utf8[written++] = utf8[read++];
            }
        }

        return Encoding.UTF8.GetString(utf8.AsSpan(0, written));
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
