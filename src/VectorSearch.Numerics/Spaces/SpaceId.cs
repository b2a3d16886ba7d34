using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace VectorSearch.Numerics;

/// <summary>
/// The identity of a vector space. Two vectors may be compared only if their space ids are equal.
/// <para>
/// A learned space is <c>sha256:</c> and 64 lower-case hex digits, made by <see cref="SpaceDigest"/> from what defines
/// coordinates. A space whose vectors a client makes itself is declared as <c>client:name@version</c>; there the client
/// vouches for what the name stands for.
/// </para>
/// </summary>
public readonly struct SpaceId : IEquatable<SpaceId>
{
    /// <summary>Longest text of a space id, in characters.</summary>
    public const int MaxLength = 200;

    private const string LearnedPrefix = "sha256:";
    private const string ClientPrefix = "client:";
    private const int DigestHexLength = 64;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    private readonly string? _text;

    private SpaceId(string text) => _text = text;

    /// <summary>True for the default value, which names no space.</summary>
    public bool IsEmpty => _text is null;

    /// <summary>True when the space was made by a model, false when a client vouches for it.</summary>
    public bool IsLearned => _text is not null && _text.StartsWith(LearnedPrefix, StringComparison.Ordinal);

    /// <summary>Makes the id of a learned space from its 32-byte SHA-256 digest.</summary>
    /// <exception cref="ArgumentException">The digest does not have 32 bytes.</exception>
    public static SpaceId FromDigest(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != DigestHexLength / 2)
            throw new ArgumentException($"A space digest has {DigestHexLength / 2} bytes, this one has {digest.Length}.", nameof(digest));
        return new SpaceId(LearnedPrefix + Convert.ToHexStringLower(digest));
    }

    /// <summary>Reads a space id.</summary>
    /// <exception cref="FormatException">The text is not a space id; the message says what one looks like.</exception>
    public static SpaceId Parse(string text) =>
        TryParse(text, out SpaceId id)
            ? id
            : throw new FormatException(
                $"'{text}' is not a space id: expected 'sha256:' and {DigestHexLength} lower-case hex digits, or 'client:name@version' " +
                "with letters, digits, '.', '_' and '-' in both parts.");

    /// <summary>Reads a space id; false if the text is not one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SpaceId id)
    {
        id = default;
        if (text is null || text.Length > MaxLength) return false;
        if (text.StartsWith(LearnedPrefix, StringComparison.Ordinal) ? !IsDigest(text) : !IsClientName(text)) return false;
        id = new SpaceId(text);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(SpaceId other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SpaceId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? 0 : StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The text form; empty for the default value.</summary>
    public override string ToString() => _text ?? "";

    /// <summary>Equality of the text forms.</summary>
    public static bool operator ==(SpaceId left, SpaceId right) => left.Equals(right);

    /// <summary>Inequality of the text forms.</summary>
    public static bool operator !=(SpaceId left, SpaceId right) => !left.Equals(right);

    private static bool IsDigest(string text)
    {
        ReadOnlySpan<char> hex = text.AsSpan(LearnedPrefix.Length);
        return hex.Length == DigestHexLength && !hex.ContainsAnyExcept(LowerHex);
    }

    private static bool IsClientName(string text)
    {
        if (!text.StartsWith(ClientPrefix, StringComparison.Ordinal)) return false;
        ReadOnlySpan<char> rest = text.AsSpan(ClientPrefix.Length);
        int at = rest.IndexOf('@');
        return at > 0 && at < rest.Length - 1 && IsWord(rest[..at]) && IsWord(rest[(at + 1)..]);
    }

    private static bool IsWord(ReadOnlySpan<char> part)
    {
        foreach (char c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
        }

        return true;
    }
}
