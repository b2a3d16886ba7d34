namespace VectorSearch.Grpc.Kestrel;

/// <summary>What a method needs and a scope gives; each includes those before it.</summary>
public enum CallAccess
{
    /// <summary>Nothing: everybody may call.</summary>
    None = 0,

    /// <summary>Looking.</summary>
    Read = 1,

    /// <summary>Changing what is in a collection.</summary>
    Write = 2,

    /// <summary>Making, changing and deleting collections, models and the rest.</summary>
    Admin = 3,
}
