using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// The two formats of word2vec. Both begin with a line <c>rows dimension</c>. Text: a line for each row, the id and its numbers
/// parted by spaces. Binary: the id, a space, the numbers as little-endian float32, and a line end, which some writers leave out.
/// </summary>
public static class Word2VecFile
{
    private const int MaxIdBytes = 4096;
    private const byte Space = (byte)' ', LineEnd = (byte)'\n';

    /// <summary>Writes the text form, with as many digits as it takes to read the same floats again.</summary>
    /// <exception cref="ArgumentException">An id has white space in it, which the format cannot hold.</exception>
    public static void WriteText(NamedVectors vectors, string path)
    {
        RequireWords(vectors);
        using StreamWriter writer = new(path, append: false, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        writer.WriteLine(Header(vectors));
        for (int row = 0; row < vectors.Ids.Count; row++)
        {
            writer.Write(vectors.Ids[row]);
            foreach (float value in vectors.Vectors[row])
            {
                writer.Write(' ');
                writer.Write(value.ToString("R", CultureInfo.InvariantCulture));
            }

            writer.WriteLine();
        }
    }

    /// <summary>Writes the binary form.</summary>
    /// <exception cref="ArgumentException">An id has white space in it, which the format cannot hold.</exception>
    public static void WriteBinary(NamedVectors vectors, string path)
    {
        RequireWords(vectors);
        using BufferedStream file = new(File.Create(path), 1 << 16);
        file.Write(Encoding.UTF8.GetBytes(Header(vectors) + "\n"));
        byte[] number = new byte[sizeof(float)];
        for (int row = 0; row < vectors.Ids.Count; row++)
        {
            file.Write(Encoding.UTF8.GetBytes(vectors.Ids[row]));
            file.WriteByte(Space);
            foreach (float value in vectors.Vectors[row])
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, value);
                file.Write(number);
            }

            file.WriteByte(LineEnd);
        }
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="DataFormatException">The file is not in that form; says where.</exception>
    public static NamedVectors ReadText(string path)
    {
        using StreamReader reader = new(path, Encoding.UTF8);
        (int rows, int dimension) = ParseHeader(reader.ReadLine() ?? "", path);
        List<string> ids = [];
        List<float[]> vectors = [];
        long number = 1;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0) continue;
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != dimension + 1) throw new DataFormatException(path, number, 0, $"has {fields.Length} fields: expected an id and {dimension} numbers.");
            float[] vector = new float[dimension];
            for (int i = 0; i < dimension; i++)
            {
                if (!float.TryParse(fields[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out vector[i]) || !float.IsFinite(vector[i]))
                    throw new DataFormatException(path, number, 0, $"number {i + 1} is '{fields[i + 1]}': expected a finite number.");
            }

            ids.Add(fields[0]);
            vectors.Add(vector);
        }

        if (ids.Count != rows) throw new DataFormatException(path, 0, 0, $"has {ids.Count} rows: the first line says {rows}.");
        return new NamedVectors(ids, VectorTable.Of(vectors));
    }

    /// <summary>Reads the binary form.</summary>
    /// <exception cref="DataFormatException">The file is not in that form; names the row.</exception>
    public static NamedVectors ReadBinary(string path)
    {
        using BufferedStream file = new(File.OpenRead(path), 1 << 16);
        (int rows, int dimension) = ParseHeader(ReadWord(file, LineEnd) ?? "", path);
        // Nothing is allocated that the file is too short to fill.
        if ((long)rows * dimension * sizeof(float) > file.Length) throw new DataFormatException(path, 1, 0, $"says {rows} rows of {dimension} numbers: the file has only {file.Length} bytes.");
        string[] ids = new string[rows];
        VectorTable vectors = new(rows, dimension);
        byte[] numbers = new byte[dimension * sizeof(float)];
        for (int row = 0; row < rows; row++)
        {
            ids[row] = ReadWord(file, Space)?.TrimStart('\n') is { Length: > 0 } id ? id : throw new DataFormatException(path, 0, 0, $"row {row} of {rows} has no id.");
            if (file.ReadAtLeast(numbers, numbers.Length, throwOnEndOfStream: false) < numbers.Length)
                throw new DataFormatException(path, 0, 0, $"ends within row {row} of {rows} ('{ids[row]}').");
            Span<float> vector = vectors.Writable(row);
            for (int i = 0; i < dimension; i++)
            {
                vector[i] = BinaryPrimitives.ReadSingleLittleEndian(numbers.AsSpan(i * sizeof(float)));
                if (!float.IsFinite(vector[i])) throw new DataFormatException(path, 0, 0, $"number {i + 1} of row {row} ('{ids[row]}') is {vector[i]}: expected a finite number.");
            }
        }

        return new NamedVectors(ids, vectors);
    }

    private static string Header(NamedVectors vectors) => string.Create(CultureInfo.InvariantCulture, $"{vectors.Ids.Count} {vectors.Vectors.Dimension}");

    private static void RequireWords(NamedVectors vectors)
    {
        if (vectors.Ids.FirstOrDefault(id => id.Any(char.IsWhiteSpace)) is { } id)
            throw new ArgumentException($"Id '{id}' has white space in it, which word2vec files cannot hold: choose .npy, .fvecs or .jsonl.", nameof(vectors));
    }

    private static (int Rows, int Dimension) ParseHeader(string line, string path)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length == 2 && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int rows)
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int dimension) && rows > 0 && dimension > 0)
        {
            return (rows, dimension);
        }

        throw new DataFormatException(path, 1, 1, $"is '{(line.Length > 40 ? line[..40] : line)}': expected the number of rows and the dimension.");
    }

    /// <summary>The bytes up to a mark; null when none comes within the longest id.</summary>
    private static string? ReadWord(Stream file, byte mark)
    {
        List<byte> word = [];
        for (int next = file.ReadByte(); next != mark; next = file.ReadByte())
        {
            if (next < 0 || word.Count == MaxIdBytes) return null;
            word.Add((byte)next);
        }

        return Encoding.UTF8.GetString([.. word]);
    }
}
