namespace VectorSearch.Learn;

/// <summary>A file of data that cannot be read: names the file, and the line and column where there is one.</summary>
public sealed class DataFormatException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="file">The file as the caller named it.</param>
    /// <param name="line">Line, from 1; 0 when the fault is not in one line.</param>
    /// <param name="column">Column, from 1; 0 when the fault is not in one column.</param>
    /// <param name="problem">What came and what was expected.</param>
    /// <param name="inner">The cause, if another error is behind this one.</param>
    public DataFormatException(string file, long line, int column, string problem, Exception? inner = null)
        : base(Describe(file, line, column, problem), inner)
    {
        File = file;
        Line = line;
        Column = column;
    }

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }

    /// <summary>Line, from 1; 0 when the fault is not in one line.</summary>
    public long Line { get; }

    /// <summary>Column, from 1; 0 when the fault is not in one column.</summary>
    public int Column { get; }

    private static string Describe(string file, long line, int column, string problem) =>
        line == 0 ? $"{file}: {problem}"
        : column == 0 ? $"{file}, line {line}: {problem}"
        : $"{file}, line {line}, column {column}: {problem}";
}
