using VectorSearch.Learn;

namespace VectorSearch.Cli.Pictures;

/// <summary>Held-out examples of a learned space on its two principal axes, a colour for each class.</summary>
internal static class ClassPicture
{
    public static void Write(string path, string title, IReadOnlyList<string> notes, VectorTable vectors, Vocabulary labels, int[] labelOf, Func<int, string> name)
    {
        if (vectors.Rows < 3) throw new CliException($"{vectors.Rows} examples: too few for a picture.");
        double[][] places = PrincipalAxes.Of(vectors, Math.Min(2, vectors.Dimension)).Project(vectors);
        if (vectors.Dimension == 1) places = [.. places.Select(place => new[] { place[0], 0 })];
        ScatterPoint[] points = [.. ScatterPicture.Choose(vectors.Rows).Select(n => new ScatterPoint(places[n], labelOf[n], $"{labels[labelOf[n]]}: {Short(name(n))}"))];
        ScatterPage.Write(path, new ScatterPicture(title, [.. notes, $"Two principal axes of {vectors.Dimension} dimensions; {vectors.Rows} examples held out."], labels.Ids, points));
    }

    private static string Short(string name) => name.Length <= 80 ? name : name[..79] + "…";
}
