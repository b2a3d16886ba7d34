using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>What a column of a joint table holds.</summary>
public enum JointKind
{
    /// <summary>Text of any language.</summary>
    Text = 0,

    /// <summary>A picture.</summary>
    Image = 1,

    /// <summary>A clip of sound.</summary>
    Audio = 2,

    /// <summary>The id of something that is known by its id alone.</summary>
    Id = 3,
}

/// <summary>One column: a kind, and a name of its own.</summary>
/// <param name="Name">As in the header: <c>text</c>, or <c>image:photo</c> where there are several of a kind.</param>
/// <param name="Kind">The kind.</param>
public sealed record JointColumn(string Name, JointKind Kind);

/// <summary>The things of one column, each once.</summary>
/// <param name="Names">The cells that name them.</param>
/// <param name="Images">The pictures, of a column of pictures.</param>
/// <param name="Clips">The clips, of a column of sound.</param>
public sealed record JointItems(IReadOnlyList<string> Names, IReadOnlyList<PixelImage> Images, IReadOnlyList<AudioClip> Clips)
{
    /// <summary>How many things.</summary>
    public int Count => Names.Count;
}

/// <summary>Rows that show one thing in several kinds, any of which may be missing.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Items">The things of each column.</param>
/// <param name="Rows">Of each row the thing in each column; −1 where the cell is empty.</param>
/// <param name="GroupOf">What each row shows: rows of one group mean the same.</param>
/// <param name="PartOf">A name that figures are given for separately, such as a language; empty for none.</param>
public sealed record JointTable(
    IReadOnlyList<JointColumn> Columns, IReadOnlyList<JointItems> Items, IReadOnlyList<int[]> Rows, IReadOnlyList<int> GroupOf, IReadOnlyList<string> PartOf)
{
    /// <summary>The number of a column.</summary>
    /// <returns>−1 when there is none of that name.</returns>
    public int IndexOf(string column)
    {
        for (int c = 0; c < Columns.Count; c++)
        {
            if (Columns[c].Name == column) return c;
        }

        return -1;
    }

    /// <summary>Some of the rows, in the order given; the things stay all.</summary>
    public JointTable Take(IReadOnlyList<int> rows) => this with
    {
        Rows = [.. rows.Select(row => Rows[row])], GroupOf = [.. rows.Select(row => GroupOf[row])], PartOf = [.. rows.Select(row => PartOf[row])],
    };

    /// <summary>Splits by groups, at random.</summary>
    /// <param name="fraction">Part of the groups held out whole.</param>
    /// <param name="seed">Seed of the choice.</param>
    public (JointTable Train, JointTable HeldOut) SplitGroups(double fraction, ulong seed)
    {
        int[] groups = [.. GroupOf.Distinct()];
        new VectorSearch.Numerics.Xoshiro256(seed, 0x5713).Shuffle(groups.AsSpan());
        HashSet<int> held = [.. groups.Take(Math.Max(1, (int)Math.Round(groups.Length * fraction)))];
        ILookup<bool, int> parts = Enumerable.Range(0, Rows.Count).ToLookup(row => held.Contains(GroupOf[row]));
        return (Take([.. parts[false]]), Take([.. parts[true]]));
    }

    /// <summary>The groups in which each thing of a column stands; empty for one that no row names.</summary>
    internal HashSet<int>[] GroupsOf(int column)
    {
        HashSet<int>[] groups = [.. Enumerable.Range(0, Items[column].Count).Select(_ => new HashSet<int>())];
        for (int row = 0; row < Rows.Count; row++)
        {
            if (Rows[row][column] >= 0) groups[Rows[row][column]].Add(GroupOf[row]);
        }

        return groups;
    }

    /// <summary>SHA-256, in hex, over the cells in their order.</summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int row = 0; row < Rows.Count; row++)
        {
            string cells = string.Join('\t', Rows[row].Select((item, column) => item < 0 ? "" : Items[column].Names[item]));
            hash.AppendData(Encoding.UTF8.GetBytes($"{GroupOf[row]}\t{cells}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
