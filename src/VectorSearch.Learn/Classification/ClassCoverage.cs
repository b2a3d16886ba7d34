namespace VectorSearch.Learn;

/// <summary>Whether examples to tune on speak of every class: settings chosen without one may be the worst for it.</summary>
internal static class ClassCoverage
{
    /// <summary>Requires an example of each class.</summary>
    /// <param name="labels">The classes of training.</param>
    /// <param name="labelOf">The class of each example to tune on.</param>
    /// <param name="path">Where the examples come from.</param>
    /// <exception cref="DataFormatException">A class is missing.</exception>
    public static void Require(Vocabulary labels, int[] labelOf, string path)
    {
        HashSet<int> there = [.. labelOf];
        string[] missing = [.. labels.Ids.Where((_, label) => !there.Contains(label))];
        if (missing.Length > 0)
            throw new DataFormatException(path, 0, 0, $"no example of label '{missing[0]}', which the training file has{(missing.Length > 1 ? $", nor of {missing.Length - 1} others" : "")}: expected at least one of each of the {labels.Count} labels to tune on.");
    }
}
