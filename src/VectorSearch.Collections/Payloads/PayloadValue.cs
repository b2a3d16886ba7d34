using System.Globalization;

namespace VectorSearch.Collections;

/// <summary>One typed value of a payload. Immutable; the default value is null.</summary>
public readonly struct PayloadValue : IEquatable<PayloadValue>
{
    private readonly object? _reference;
    private readonly long _bits;

    private PayloadValue(PayloadKind kind, long bits, object? reference = null)
    {
        Kind = kind;
        _bits = bits;
        _reference = reference;
    }

    /// <summary>The type of the value.</summary>
    public PayloadKind Kind { get; }

    /// <summary>The value null.</summary>
    public static PayloadValue Null => default;

    /// <summary>A truth value.</summary>
    public static PayloadValue From(bool value) => new(PayloadKind.Boolean, value ? 1 : 0);

    /// <summary>An integer.</summary>
    public static PayloadValue From(long value) => new(PayloadKind.Integer, value);

    /// <summary>A float.</summary>
    public static PayloadValue From(double value) => new(PayloadKind.Number, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A text.</summary>
    public static PayloadValue From(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(PayloadKind.Text, 0, value);
    }

    /// <summary>Bytes; the array must not be changed afterwards.</summary>
    public static PayloadValue From(ReadOnlyMemory<byte> value) => new(PayloadKind.Binary, 0, value);

    /// <summary>A list; it must not be changed afterwards.</summary>
    public static PayloadValue From(IReadOnlyList<PayloadValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(PayloadKind.List, 0, values);
    }

    /// <summary>A place.</summary>
    public static PayloadValue From(GeoPoint value) => new(PayloadKind.Geo, 0, value);

    /// <summary>A moment, in microseconds since 1970-01-01T00:00:00Z.</summary>
    public static PayloadValue FromUnixMicroseconds(long microseconds) => new(PayloadKind.DateTime, microseconds);

    /// <summary>The truth value.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public bool AsBoolean => Of(PayloadKind.Boolean)._bits != 0;

    /// <summary>The integer.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public long AsInteger => Of(PayloadKind.Integer)._bits;

    /// <summary>The float.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public double AsNumber => BitConverter.Int64BitsToDouble(Of(PayloadKind.Number)._bits);

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public string AsText => (string)Of(PayloadKind.Text)._reference!;

    /// <summary>The bytes.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public ReadOnlyMemory<byte> AsBinary => (ReadOnlyMemory<byte>)Of(PayloadKind.Binary)._reference!;

    /// <summary>The list.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public IReadOnlyList<PayloadValue> AsList => (IReadOnlyList<PayloadValue>)Of(PayloadKind.List)._reference!;

    /// <summary>The place.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public GeoPoint AsGeo => (GeoPoint)Of(PayloadKind.Geo)._reference!;

    /// <summary>The moment, in microseconds since 1970-01-01T00:00:00Z.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public long AsUnixMicroseconds => Of(PayloadKind.DateTime)._bits;

    /// <summary>Equality of kind and value; floats by their bits, so that NaN equals itself.</summary>
    public bool Equals(PayloadValue other) =>
        Kind == other.Kind && _bits == other._bits && Kind switch
        {
            PayloadKind.Text => AsText == other.AsText,
            PayloadKind.Binary => AsBinary.Span.SequenceEqual(other.AsBinary.Span),
            PayloadKind.List => AsList.SequenceEqual(other.AsList),
            PayloadKind.Geo => AsGeo == other.AsGeo,
            _ => true,
        };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PayloadValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Kind);
        hash.Add(_bits);
        switch (Kind)
        {
            case PayloadKind.Text:
                hash.Add(AsText, StringComparer.Ordinal);
                break;
            case PayloadKind.Binary:
                hash.AddBytes(AsBinary.Span);
                break;
            case PayloadKind.List:
                foreach (PayloadValue value in AsList) hash.Add(value);
                break;
            case PayloadKind.Geo:
                hash.Add(AsGeo);
                break;
        }

        return hash.ToHashCode();
    }

    /// <summary>A short form for messages.</summary>
    public override string ToString() => Kind switch
    {
        PayloadKind.Null => "null",
        PayloadKind.Boolean => AsBoolean ? "true" : "false",
        PayloadKind.Integer => AsInteger.ToString(CultureInfo.InvariantCulture),
        PayloadKind.Number => AsNumber.ToString("R", CultureInfo.InvariantCulture),
        PayloadKind.Text => $"'{AsText}'",
        PayloadKind.Binary => $"{AsBinary.Length} bytes",
        PayloadKind.List => $"[{string.Join(", ", AsList)}]",
        PayloadKind.Geo => string.Create(CultureInfo.InvariantCulture, $"({AsGeo.Latitude}, {AsGeo.Longitude})"),
        _ => DateTimeOffset.UnixEpoch.AddTicks(AsUnixMicroseconds * TimeSpan.TicksPerMicrosecond).ToString("O", CultureInfo.InvariantCulture),
    };

    /// <summary>Equality by value.</summary>
    public static bool operator ==(PayloadValue left, PayloadValue right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(PayloadValue left, PayloadValue right) => !left.Equals(right);

    private PayloadValue Of(PayloadKind kind) =>
        Kind == kind ? this : throw new InvalidOperationException($"The payload value is of kind {Kind}, not {kind}.");
}
