using System.Globalization;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// Cuts a text of any script into tokens. Letters, marks and digits make words, with an apostrophe inside a word kept
/// ("don't"); an ideograph is a word by itself, since Chinese and Japanese set no spaces; every other visible sign is a
/// token of its own, so that "!" and an emoji count. White space and control characters only separate.
/// </summary>
internal static class TextTokenizer
{
    /// <summary>Longest token in UTF-16 units; what is longer (such as encoded files in a letter) is cut there.</summary>
    public const int MaxTokenLength = 64;

    /// <summary>Tokens of a text as ranges of the buffer, which receives the text, in lower case if asked.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lowercase">Whether letters lose their case (simple case mapping of Unicode).</param>
    /// <param name="tokens">Receives the tokens; cleared first.</param>
    public static void Tokenize(string text, bool lowercase, TokenBuffer tokens)
    {
        tokens.Begin(text.Length);
        Span<char> units = tokens.Units;
        int written = 0, start = -1;
        for (int at = 0; at < text.Length;)
        {
            bool known = Rune.TryGetRuneAt(text, at, out Rune rune);
            if (!known) rune = Rune.ReplacementChar;
            int length = known ? rune.Utf16SequenceLength : 1;
            SignClass sign = Classify(rune);
            bool inside = sign == SignClass.Word || (sign == SignClass.Joiner && start >= 0 && StartsWord(text, at + length));
            if (start >= 0 && (!inside || written - start >= MaxTokenLength))
            {
                tokens.Add(start, written - start);
                start = -1;
            }

            if (sign != SignClass.Space)
            {
                if (start < 0) start = written;
                written += (lowercase ? Rune.ToLowerInvariant(rune) : rune).EncodeToUtf16(units[written..]);
                if (!inside)
                {
                    tokens.Add(start, written - start);
                    start = -1;
                }
            }

            at += length;
        }

        if (start >= 0) tokens.Add(start, written - start);
    }

    private enum SignClass
    {
        Space,
        Word,
        Joiner,
        Single,
    }

    private static bool StartsWord(string text, int at) => at < text.Length && Rune.TryGetRuneAt(text, at, out Rune next) && Classify(next) == SignClass.Word;

    private static SignClass Classify(Rune rune)
    {
        if (rune.IsAscii)
        {
            char c = (char)rune.Value;
            if (char.IsAsciiLetterOrDigit(c)) return SignClass.Word;
            if (c == '\'') return SignClass.Joiner;
            return c <= ' ' || c == 0x7f ? SignClass.Space : SignClass.Single;
        }

        if (rune.Value == 0x2019) return SignClass.Joiner;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.OtherLetter => IsIdeograph(rune.Value) ? SignClass.Single : SignClass.Word,
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber => SignClass.Word,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Control or UnicodeCategory.Format => SignClass.Space,
            _ => SignClass.Single,
        };
    }

    /// <summary>Han, Hiragana and Katakana.</summary>
    private static bool IsIdeograph(int value) =>
        value is (>= 0x3040 and <= 0x30ff) or (>= 0x3400 and <= 0x4dbf) or (>= 0x4e00 and <= 0x9fff) or (>= 0xf900 and <= 0xfaff)
            or (>= 0x20000 and <= 0x3ffff);
}

/// <summary>The tokens of one text, kept in memory that is used again for the next.</summary>
internal sealed class TokenBuffer
{
    private readonly List<(int Start, int Length)> _tokens = [];
    private char[] _units = [];

    /// <summary>How many tokens.</summary>
    public int Count => _tokens.Count;

    /// <summary>Room for the text.</summary>
    public Span<char> Units => _units;

    /// <summary>The n-th token.</summary>
    public ReadOnlySpan<char> this[int n] => _units.AsSpan(_tokens[n].Start, _tokens[n].Length);

    public void Begin(int length)
    {
        _tokens.Clear();
        // A letter can grow by one unit when its case changes.
        if (_units.Length < (2 * length) + 2) _units = new char[(2 * length) + 2];
    }

    public void Add(int start, int length) => _tokens.Add((start, length));
}
