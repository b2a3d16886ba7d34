using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>What the columns of a table are read as.</summary>
/// <param name="Target">The column to predict.</param>
/// <param name="Texts">Columns of running text.</param>
/// <param name="Numbers">Columns of numbers, in which a cell may be empty.</param>
/// <param name="Categories">Columns of names.</param>
/// <param name="Logarithm">Whether the logarithm of the target is predicted.</param>
public sealed record RegressionSchema(
    string Target, IReadOnlyList<string> Texts, IReadOnlyList<string> Numbers, IReadOnlyList<string> Categories, bool Logarithm);

/// <summary>Rows of texts, numbers and names with a number to predict.</summary>
/// <param name="Schema">What the columns are.</param>
/// <param name="Texts">The text of each row: its text columns, a line each.</param>
/// <param name="Numbers">The numbers of each row; NaN where a cell is empty.</param>
/// <param name="Categories">The names of each row, as <c>column=name</c>; empty cells are left out.</param>
/// <param name="Targets">What is to be predicted, in logarithms if the schema says so.</param>
public sealed record RegressionTable(
    RegressionSchema Schema, IReadOnlyList<string> Texts, IReadOnlyList<float[]> Numbers, IReadOnlyList<string[]> Categories, double[] Targets)
{
    /// <summary>How many rows.</summary>
    public int Count => Targets.Length;

    /// <summary>Some of the rows, in the order given.</summary>
    public RegressionTable Take(IReadOnlyList<int> rows) => this with
    {
        Texts = [.. rows.Select(row => Texts[row])],
        Numbers = [.. rows.Select(row => Numbers[row])],
        Categories = [.. rows.Select(row => Categories[row])],
        Targets = [.. rows.Select(row => Targets[row])],
    };

    /// <summary>These rows and those of another table of the same schema.</summary>
    public RegressionTable With(RegressionTable other) => this with
    {
        Texts = [.. Texts, .. other.Texts],
        Numbers = [.. Numbers, .. other.Numbers],
        Categories = [.. Categories, .. other.Categories],
        Targets = [.. Targets, .. other.Targets],
    };

    /// <summary>Splits at random.</summary>
    /// <param name="fraction">Part of the rows held out.</param>
    /// <param name="seed">Seed of the choice.</param>
    public (RegressionTable Train, RegressionTable HeldOut) Split(double fraction, ulong seed)
    {
        int[] order = Shuffled(seed);
        int held = (int)Math.Round(Count * fraction);
        return (Take([.. order[held..].Order()]), Take([.. order[..held].Order()]));
    }

    /// <summary>Cuts the rows at random into parts of equal size, or one row more or less.</summary>
    /// <param name="count">How many parts.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <returns>The rows of each, rising.</returns>
    public IReadOnlyList<int[]> Folds(int count, ulong seed)
    {
        int[] order = Shuffled(seed);
        return [.. Enumerable.Range(0, count).Select(fold => (int[])[.. order[(int)((long)fold * Count / count)..(int)((fold + 1L) * Count / count)].Order()])];
    }

    /// <summary>SHA-256, in hex, over the rows in their order.</summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int n = 0; n < Count; n++)
        {
            string row = string.Join('\t', Numbers[n].Select(value => value.ToString("r", CultureInfo.InvariantCulture)).Concat(Categories[n]));
            hash.AppendData(Encoding.UTF8.GetBytes($"{Targets[n].ToString("r", CultureInfo.InvariantCulture)}\t{row}\t{Texts[n]}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private int[] Shuffled(ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        new VectorSearch.Numerics.Xoshiro256(seed, 0x5712).Shuffle(order.AsSpan());
        return order;
    }
}
