namespace VectorSearch.Learn;

/// <summary>A history as the network takes it.</summary>
/// <param name="Rows">Rows of the films.</param>
/// <param name="Weights">A weight for each; empty for 1 each. A weight counts as so many watches.</param>
/// <param name="Times">When each was watched, in Unix seconds; empty where nobody knows.</param>
internal readonly record struct WatchedFilms(int[] Rows, float[] Weights, long[] Times)
{
    public float WeightOf(int n) => Weights.Length == 0 ? 1 : Weights[n];

    /// <summary>Watches in all.</summary>
    public float Total => Weights.Length == 0 ? Rows.Length : Weights.Sum();
}
