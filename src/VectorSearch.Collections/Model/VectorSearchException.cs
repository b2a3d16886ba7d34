namespace VectorSearch.Collections;

/// <summary>
/// The one exception for expected faults. A broken invariant is never reported through it: that is a defect of ours and
/// surfaces as another exception.
/// </summary>
public sealed class VectorSearchException : Exception
{
    /// <summary>Reports a fault that concerns no single field.</summary>
    public VectorSearchException(ErrorCode code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>Reports a wrong field: its name, what came and what was expected.</summary>
    public VectorSearchException(ErrorCode code, string field, string actual, string expected)
        : base($"{field}: got {actual}, expected {expected}.")
    {
        Code = code;
        Field = field;
        Actual = actual;
        Expected = expected;
    }

    /// <summary>What kind of fault it is.</summary>
    public ErrorCode Code { get; }

    /// <summary>The field of the request that is wrong, such as <c>vectors[3]</c>; null when it is no field's fault.</summary>
    public string? Field { get; }

    /// <summary>What came in the field.</summary>
    public string? Actual { get; }

    /// <summary>What was expected in the field.</summary>
    public string? Expected { get; }

    internal static VectorSearchException Invalid(string field, string actual, string expected) =>
        new(ErrorCode.InvalidArgument, field, actual, expected);
}
