using System.Globalization;

namespace VectorSearch.Collections;

/// <summary>The name of a point: a number or a text, compared by value.</summary>
public readonly struct PointId : IEquatable<PointId>
{
    private readonly string? _text;
    private readonly ulong _number;

    /// <summary>A number as an id.</summary>
    public PointId(ulong number) => _number = number;

    /// <summary>A text as an id; its length is checked by the collection.</summary>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public PointId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
    }

    /// <summary>Whether this is a number or a text.</summary>
    public IdKind Kind => _text is null ? IdKind.Number : IdKind.Text;

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">The id is a text.</exception>
    public ulong Number => _text is null ? _number : throw new InvalidOperationException($"The id '{_text}' is a text, not a number.");

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">The id is a number.</exception>
    public string Text => _text ?? throw new InvalidOperationException($"The id {_number} is a number, not a text.");

    /// <inheritdoc/>
    public bool Equals(PointId other) => _number == other._number && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PointId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? _number.GetHashCode() : _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The number in decimal, or the text in quotes.</summary>
    public override string ToString() => _text is null ? _number.ToString(CultureInfo.InvariantCulture) : $"'{_text}'";

    /// <summary>A number as an id.</summary>
    public static implicit operator PointId(ulong number) => new(number);

    /// <summary>A text as an id.</summary>
    public static implicit operator PointId(string text) => new(text);

    /// <summary>Equality by value.</summary>
    public static bool operator ==(PointId left, PointId right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(PointId left, PointId right) => !left.Equals(right);

    /// <summary>A number as an id.</summary>
    public static PointId FromUInt64(ulong number) => new(number);

    /// <summary>A text as an id.</summary>
    public static PointId FromString(string text) => new(text);
}
