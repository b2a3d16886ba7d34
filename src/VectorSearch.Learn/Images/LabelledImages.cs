using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>Pictures with a label each, and numbers beside them.</summary>
/// <param name="Labels">The classes.</param>
/// <param name="Columns">Names of the numbers; empty for none.</param>
/// <param name="Images">The pictures, all of one size, in grey.</param>
/// <param name="Numbers">The numbers of each picture.</param>
/// <param name="LabelOf">The class of each picture.</param>
public sealed record LabelledImages(Vocabulary Labels, Vocabulary Columns, IReadOnlyList<PixelImage> Images, IReadOnlyList<float[]> Numbers, int[] LabelOf)
{
    /// <summary>How many pictures.</summary>
    public int Count => Images.Count;

    /// <summary>Some of the pictures, in the order given.</summary>
    public LabelledImages Take(IReadOnlyList<int> rows) => this with
    {
        Images = [.. rows.Select(row => Images[row])], Numbers = [.. rows.Select(row => Numbers[row])], LabelOf = [.. rows.Select(row => LabelOf[row])],
    };

    /// <summary>SHA-256, in hex, over pictures, numbers and labels in their order.</summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int n = 0; n < Count; n++)
        {
            hash.AppendData(Images[n].Samples);
            hash.AppendData(MemoryMarshal.AsBytes(Numbers[n].AsSpan()));
            hash.AppendData(Encoding.UTF8.GetBytes(Labels[LabelOf[n]]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
