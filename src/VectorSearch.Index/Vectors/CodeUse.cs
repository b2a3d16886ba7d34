namespace VectorSearch.Index;

/// <summary>How far an index is with the codes of its rows. The values are part of the file format.</summary>
internal enum CodeUse : byte
{
    /// <summary>Ruled out by the options or the dimension, or too few rows yet to find their centre.</summary>
    NotYet = 0,

    /// <summary>Walks go over codes.</summary>
    InUse = 1,

    /// <summary>8 bits could not tell the rows apart; walks go over the rows for good.</summary>
    GivenUp = 2,
}
