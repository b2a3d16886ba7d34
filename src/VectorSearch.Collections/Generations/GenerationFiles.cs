using System.Globalization;
using System.Text.Json;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// The folders of generations, <c>generations/N</c>: what each is (<c>definition</c>), and its documents. The folder is made
/// before the manifest names the generation, and outlives its data.
/// </summary>
internal sealed class GenerationFiles(CollectionFiles files)
{
    private const uint DefinitionMagic = 0x4E475356; // "VSGN"
    private const uint DocumentMagic = 0x43445356; // "VSDC"
    private const ushort Version = 1;
    private const string DefinitionName = "definition";
    private const string SealedName = "sealed";

    private string Root => Path.Combine(files.Directory, "generations");

    public string Folder(ulong number) => Path.Combine(Root, number.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="StorageException">The disk refused; what was written before is still there.</exception>
    public void Write(GenerationRecord record)
    {
        files.Disk.CreateDirectory(Root);
        files.Disk.CreateDirectory(Folder(record.Number));
        CheckedFile.Write(
            files.Disk, Path.Combine(Folder(record.Number), DefinitionName), DefinitionMagic, Version, JsonSerializer.SerializeToUtf8Bytes(record, CollectionFiles.Json));
    }

    /// <summary>What is written down about a generation; that of the first is the collection's definition until it ends.</summary>
    /// <exception cref="StorageException">Missing, damaged or newer.</exception>
    public GenerationRecord Read(ulong number, CollectionDefinition definition)
    {
        string path = Path.Combine(Folder(number), DefinitionName);
        if (number == 1 && !File.Exists(path)) return GenerationRecord.First(definition);
        byte[] json = CheckedFile.Read(path, DefinitionMagic, Version);
        try
        {
            GenerationRecord record = JsonSerializer.Deserialize<GenerationRecord>(json, CollectionFiles.Json)!;
            CollectionDefinitionValidator.Check(record.ApplyTo(definition));
            return record.Number == number ? record : throw new JsonException($"generation {record.Number}");
        }
        catch (Exception e) when (e is JsonException or VectorSearchException or FormatException)
        {
            throw new StorageException(StorageFailure.Damaged, path, -1, $"the definition of generation {number}", e.Message, e);
        }
    }

    /// <summary>Where the sealed rows of a generation lie, if it has any.</summary>
    public string SealedRows(ulong number) => Path.Combine(Folder(number), SealedName);

    /// <summary>Whether anything is written down about a generation.</summary>
    public bool Contains(ulong number) => File.Exists(Path.Combine(Folder(number), DefinitionName));

    /// <summary>Numbers that have a folder, in order.</summary>
    public IReadOnlyList<ulong> Numbers() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root)
            .Select(path => ulong.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0)
            .Where(number => number > 0)
            .Order()];

    /// <summary>Names of a generation's documents.</summary>
    public IReadOnlyList<string> Documents(ulong number) => !Directory.Exists(Folder(number))
        ? []
        : [.. Directory.EnumerateFiles(Folder(number)).Select(path => Path.GetFileName(path)).Where(IsDocument).Order(StringComparer.Ordinal)];

    /// <summary>The bytes of a document, or null if there is none.</summary>
    /// <exception cref="StorageException">Damaged or newer.</exception>
    public byte[]? ReadDocument(ulong number, string name)
    {
        string path = Document(number, name);
        return File.Exists(path) ? CheckedFile.Read(path, DocumentMagic, Version) : null;
    }

    /// <exception cref="StorageException">The disk refused; what was written before is still there.</exception>
    public void WriteDocument(ulong number, string name, ReadOnlySpan<byte> bytes)
    {
        string path = Document(number, name);
        files.Disk.CreateDirectory(Root);
        files.Disk.CreateDirectory(Folder(number));
        CheckedFile.Write(files.Disk, path, DocumentMagic, Version, bytes);
    }

    /// <summary>Deletes files that were being written when the process ended.</summary>
    public void RemoveUnfinished()
    {
        if (!Directory.Exists(Root)) return;
        foreach (string path in Directory.EnumerateFiles(Root, "*.tmp", SearchOption.AllDirectories)) files.Disk.Delete(path);
    }

    /// <summary>Deletes a generation's sealed rows, if it has any.</summary>
    public void DeleteRows(ulong number)
    {
        if (File.Exists(SealedRows(number))) files.Disk.Delete(SealedRows(number));
    }

    /// <summary>Deletes a generation's folder, with what was written down about it.</summary>
    public void Delete(ulong number) => files.Disk.Delete(Folder(number));

    private static bool IsDocument(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && name is not (DefinitionName or SealedName);

    private string Document(ulong number, string name)
    {
        return IsDocument(name)
            ? Path.Combine(Folder(number), name)
            : throw VectorSearchException.Invalid("name", $"'{name}'", $"1 to 64 of a-z, 0-9 and '-', and neither '{DefinitionName}' nor '{SealedName}'");
    }
}
