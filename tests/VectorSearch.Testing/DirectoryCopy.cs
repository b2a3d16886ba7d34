namespace VectorSearch.Testing;

/// <summary>Copies of folders. One that is taken while a program has its files open is what a kill would leave.</summary>
public static class DirectoryCopy
{
    /// <summary>Copies a folder with all that is below it, over what is there.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The copy.</param>
    /// <param name="without">Name of a file that is left out, such as one that is locked.</param>
    public static void Make(string from, string to, string without = "")
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(In(folder));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            if (Path.GetFileName(file) != without) File.Copy(file, In(file), overwrite: true);

        string In(string path) => Path.Combine(to, Path.GetRelativePath(from, path));
    }
}
