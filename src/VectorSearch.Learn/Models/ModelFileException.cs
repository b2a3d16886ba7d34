namespace VectorSearch.Learn;

/// <summary>A model file that cannot be trusted: names the file, the section and the offset of the fault.</summary>
public sealed class ModelFileException(string file, string section, long offset, string problem, Exception? inner = null)
    : Exception($"{file}: section '{section}', offset {offset}: {problem}", inner)
{
    /// <summary>The file.</summary>
    public string File { get; } = file;

    /// <summary>The section, or <c>header</c> or <c>trailer</c>.</summary>
    public string Section { get; } = section;

    /// <summary>Bytes from the start of the file.</summary>
    public long Offset { get; } = offset;
}
