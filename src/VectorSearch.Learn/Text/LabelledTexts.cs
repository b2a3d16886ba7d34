using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>Texts with a label each.</summary>
/// <param name="Labels">The classes, in order of first appearance in the training file.</param>
/// <param name="Texts">The texts.</param>
/// <param name="LabelOf">The class of each text.</param>
public sealed record LabelledTexts(Vocabulary Labels, IReadOnlyList<string> Texts, int[] LabelOf)
{
    /// <summary>How many texts.</summary>
    public int Count => Texts.Count;

    /// <summary>Some of the texts, in the order given.</summary>
    public LabelledTexts Take(IReadOnlyList<int> rows) => this with
    {
        Texts = [.. rows.Select(row => Texts[row])], LabelOf = [.. rows.Select(row => LabelOf[row])],
    };

    /// <summary>SHA-256, in hex, over labels and texts in their order.</summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int n = 0; n < Count; n++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Labels[LabelOf[n]]));
            hash.AppendData("\t"u8);
            hash.AppendData(Encoding.UTF8.GetBytes(Texts[n]));
            hash.AppendData("\n"u8);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
