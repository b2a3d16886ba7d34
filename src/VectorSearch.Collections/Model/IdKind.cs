namespace VectorSearch.Collections;

/// <summary>What names the points of a collection; fixed when it is created. The values are part of the file formats.</summary>
public enum IdKind
{
    /// <summary>Unsigned 64-bit numbers.</summary>
    Number = 1,

    /// <summary>Texts of at most <see cref="CollectionLimits.IdBytes"/> UTF-8 bytes.</summary>
    Text = 2,
}
