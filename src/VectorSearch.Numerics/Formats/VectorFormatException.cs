using System.Globalization;

namespace VectorSearch.Numerics.Formats;

/// <summary>A vector file that is not what its format says, with the place where it stopped being so.</summary>
public sealed class VectorFormatException : FormatException
{
    /// <summary>Names the file, the byte offset, what was found there and what was expected.</summary>
    public VectorFormatException(string path, long offset, string found, string expected)
        : base(string.Create(CultureInfo.InvariantCulture, $"{path} at byte {offset}: found {found}, expected {expected}"))
    {
        Path = path;
        Offset = offset;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The byte offset of the first thing that is wrong.</summary>
    public long Offset { get; }
}
