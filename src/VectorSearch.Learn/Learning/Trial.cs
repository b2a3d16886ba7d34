using System.Globalization;

namespace VectorSearch.Learn;

/// <summary>One setting tried on the validation part.</summary>
/// <param name="Values">Hyper-parameters by name.</param>
/// <param name="Dimension">Dimension.</param>
/// <param name="Epochs">The best epoch.</param>
/// <param name="Score">NDCG@20 on the validation part.</param>
/// <param name="Recall">Recall@20 on the validation part.</param>
public sealed record Trial(IReadOnlyDictionary<string, double> Values, int Dimension, int Epochs, double Score, double Recall)
{
    /// <summary>One line for the trail of a model card.</summary>
    public override string ToString()
    {
        string values = string.Join(" ", Values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value:g4}")));
        return string.Create(CultureInfo.InvariantCulture, $"dim {Dimension} {values} epochs {Epochs}: ndcg@20 {Score:f4} recall@20 {Recall:f4}");
    }
}
