namespace VectorSearch.Numerics.Formats;

/// <summary>How one number lies in a vector file; all are little-endian.</summary>
internal enum VectorElement
{
    Float16,
    Float32,
    Float64,
    Int8,
    UInt8,
    Int32,
    UInt32,
    Int64,
}

internal static class VectorElements
{
    public static int Size(this VectorElement element) => element switch
    {
        VectorElement.Int8 or VectorElement.UInt8 => 1,
        VectorElement.Float16 => 2,
        VectorElement.Float64 or VectorElement.Int64 => 8,
        _ => 4,
    };
}
