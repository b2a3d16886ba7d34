using System.Diagnostics.CodeAnalysis;

namespace VectorSearch.Collections;

/// <summary>The type of a payload value. The numbers are part of the file formats.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The kinds are types, and Integer is what clients call this one.")]
public enum PayloadKind
{
    /// <summary>Present and without a value.</summary>
    Null = 0,

    /// <summary>True or false.</summary>
    Boolean = 1,

    /// <summary>A signed 64-bit integer, exact.</summary>
    Integer = 2,

    /// <summary>A 64-bit float.</summary>
    Number = 3,

    /// <summary>A text.</summary>
    Text = 4,

    /// <summary>Bytes.</summary>
    Binary = 5,

    /// <summary>An ordered list of values.</summary>
    List = 6,

    /// <summary>A place on Earth.</summary>
    Geo = 7,

    /// <summary>A moment, in microseconds since 1970-01-01T00:00:00Z.</summary>
    DateTime = 8,
}
