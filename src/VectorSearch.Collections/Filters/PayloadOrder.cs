namespace VectorSearch.Collections;

/// <summary>The order of payload values within a kind; integers and floats are one kind here.</summary>
internal static class PayloadOrder
{
    /// <summary>Negative, zero or positive; null where the two have no order.</summary>
    public static int? Compare(PayloadValue x, PayloadValue y) => (x.Kind, y.Kind) switch
    {
        (PayloadKind.Integer, PayloadKind.Integer) => x.AsInteger.CompareTo(y.AsInteger),
        (PayloadKind.Number, PayloadKind.Number) => Compare(x.AsNumber, y.AsNumber),
        (PayloadKind.Integer, PayloadKind.Number) => Compare(x.AsInteger, y.AsNumber),
        (PayloadKind.Number, PayloadKind.Integer) => -Compare(y.AsInteger, x.AsNumber),
        (PayloadKind.DateTime, PayloadKind.DateTime) => x.AsUnixMicroseconds.CompareTo(y.AsUnixMicroseconds),
        (PayloadKind.DateTime, PayloadKind.Integer) => x.AsUnixMicroseconds.CompareTo(y.AsInteger),
        (PayloadKind.Integer, PayloadKind.DateTime) => x.AsInteger.CompareTo(y.AsUnixMicroseconds),
        (PayloadKind.Text, PayloadKind.Text) => string.CompareOrdinal(x.AsText, y.AsText),
        _ => null,
    };

    /// <summary>A total order: by kind, then by value, values of no order by their short form.</summary>
    public static int CompareAny(PayloadValue x, PayloadValue y) =>
        Compare(x, y) ?? (x.Kind != y.Kind ? x.Kind.CompareTo(y.Kind) : string.CompareOrdinal(x.ToString(), y.ToString()));

    /// <summary>The value under which equal values meet: an integral float is its integer.</summary>
    public static PayloadValue Canonical(PayloadValue value) =>
        value.Kind == PayloadKind.Number && value.AsNumber is var number && number == Math.Floor(number) && Math.Abs(number) < 1L << 53
            ? PayloadValue.From((long)number)
            : value;

    private static int? Compare(double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);

    private static int? Compare(long x, double y)
    {
        // Exact also beyond 2^53, where a long has no double of its own.
        if (double.IsNaN(y)) return null;
        if (y >= 9_223_372_036_854_775_808.0) return -1;
        if (y < -9_223_372_036_854_775_808.0) return 1;
        long whole = (long)y;
        return x != whole ? x.CompareTo(whole) : 0.0.CompareTo(y - whole);
    }
}
