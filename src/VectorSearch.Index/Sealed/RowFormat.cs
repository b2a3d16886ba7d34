namespace VectorSearch.Index.Sealed;

/// <summary>How the rows of a sealed index are kept. The numbers are part of the file format.</summary>
public enum RowFormat
{
    /// <summary>Four bytes a coordinate, as given.</summary>
    FullFloat = 1,

    /// <summary>IEEE 754 binary16, two bytes a coordinate.</summary>
    HalfFloat = 2,

    /// <summary>One byte a coordinate between the least and the greatest value of that coordinate.</summary>
    ScaledByte = 3,

    /// <summary>
    /// One byte a coordinate, and nothing is lost: every coordinate is a whole number within 255 of the least one. Chosen
    /// by itself where <see cref="FullFloat"/> is asked for and this holds, as it does for pixels and SIFT.
    /// </summary>
    ExactByte = 4,
}
