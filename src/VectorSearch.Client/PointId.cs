using System.Globalization;

namespace VectorSearch.Client;

/// <summary>The name of a point: a 64-bit number or a string, as its collection was created.</summary>
public readonly record struct PointId
{
    private readonly ulong _number;
    private readonly string? _text;

    /// <summary>A number.</summary>
    public PointId(ulong number) => _number = number;

    /// <summary>A string.</summary>
    public PointId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
    }

    /// <summary>True for a number, false for a string.</summary>
    public bool IsNumber => _text is null;

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">It is a string.</exception>
    public ulong Number => _text is null ? _number : throw new InvalidOperationException($"The id '{_text}' is a string, not a number.");

    /// <summary>The string.</summary>
    /// <exception cref="InvalidOperationException">It is a number.</exception>
    public string Text => _text ?? throw new InvalidOperationException($"The id {_number} is a number, not a string.");

    /// <summary>A number.</summary>
    public static implicit operator PointId(ulong number) => new(number);

    /// <summary>A string.</summary>
    public static implicit operator PointId(string text) => new(text);

    /// <summary>The number or the string as text.</summary>
    public override string ToString() => _text ?? _number.ToString(CultureInfo.InvariantCulture);
}
