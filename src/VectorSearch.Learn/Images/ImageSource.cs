using System.Collections.Concurrent;
using System.Globalization;

namespace VectorSearch.Learn;

/// <summary>Finds the picture that a cell of a list names: a PNG file, or <c>FILE#N</c>, the N-th of an idx file, from 0.</summary>
internal sealed class ImageSource
{
    private readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<PixelImage>>> _files = new(StringComparer.Ordinal);

    /// <summary>Reads a picture.</summary>
    /// <param name="reference">The cell.</param>
    /// <param name="folder">What a relative path is relative to.</param>
    /// <param name="list">The list, for errors.</param>
    /// <param name="line">Line of the cell.</param>
    /// <exception cref="DataFormatException">There is no such picture, or it cannot be read.</exception>
    public PixelImage Read(string reference, string folder, string list, long line)
    {
        int mark = reference.LastIndexOf('#');
        if (mark < 0) return PngReader.Read(Path.Combine(folder, reference));
        string file = Path.Combine(folder, reference[..mark]);
        if (!int.TryParse(reference.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            throw new DataFormatException(list, line, 0, $"'{reference}' names no picture: expected a PNG file, or FILE#N for the N-th picture of an idx file.");
        IReadOnlyList<PixelImage> images = _files.GetOrAdd(file, path => new Lazy<IReadOnlyList<PixelImage>>(() => IdxReader.ReadImages(path))).Value;
        return index < images.Count ? images[index] : throw new DataFormatException(list, line, 0, $"'{reference}': {file} has {images.Count} pictures, numbered from 0.");
    }
}
