using VectorSearch.Collections;

namespace VectorSearch.Server;

/// <summary>What lies where in a data directory.</summary>
public static class DataLayout
{
    /// <summary>The collections, one folder each. The catalog itself is opened on the data directory, which it locks.</summary>
    public static string Collections(string dataDirectory) => Path.Combine(dataDirectory, CollectionCatalog.Folder);

    /// <summary>The model files, named by their digests.</summary>
    public static string Models(string dataDirectory) => Path.Combine(dataDirectory, "models");

    /// <summary>What long work was begun, and what became of it.</summary>
    public static string Operations(string dataDirectory) => Path.Combine(dataDirectory, "operations");
}
