namespace VectorSearch.Collections;

/// <summary>One change of the aliases of a catalog.</summary>
public abstract record AliasAction
{
    private AliasAction()
    {
    }

    /// <summary>Makes an alias, or moves it.</summary>
    /// <param name="Alias">The other name; formed as a collection's.</param>
    /// <param name="Collection">The collection that it means.</param>
    public sealed record Set(string Alias, string Collection) : AliasAction;

    /// <summary>Removes an alias.</summary>
    /// <param name="Alias">Which.</param>
    public sealed record Remove(string Alias) : AliasAction;
}
