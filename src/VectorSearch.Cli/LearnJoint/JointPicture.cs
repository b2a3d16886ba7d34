using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnJoint;

/// <summary>Held-out things of all kinds in one plane, a colour for each kind, texts written out.</summary>
internal static class JointPicture
{
    private const int PerColumn = 400, LongestName = 40;

    public static void Write(string path, JointOutcome outcome, JointTable held)
    {
        List<float[]> vectors = [];
        List<(int Column, int Item)> things = [];
        for (int c = 0; c < held.Columns.Count; c++)
        {
            VectorTable all = outcome.Encoder.EncodeAll(held.Columns[c], held.Items[c]);
            foreach (int item in Some(all.Rows).Where(item => !all.IsZero(item)))
            {
                vectors.Add(all[item].ToArray());
                things.Add((c, item));
            }
        }

        if (vectors.Count < 3) throw new CliException($"{vectors.Count} things have a vector: too few for a picture.");
        VectorTable table = VectorTable.Of(vectors);
        double[][] places = PrincipalAxes.Of(table, Math.Min(2, table.Dimension)).Project(table);
        ScatterPoint[] points = [.. things.Select((thing, n) => new ScatterPoint(places[n], thing.Column, Name(thing), held.Columns[thing.Column].Kind == JointKind.Text ? Name(thing) : null))];
        string[] notes =
        [
            $"Two principal axes of {outcome.Encoder.Dimension} dimensions; things held out, at most {PerColumn} of a kind.",
            .. outcome.Reports.Where(report => report.Part.Length == 0).Select(report =>
                FormattableString.Invariant($"{report.Direction}: the right one among the first 1, 5, 10 of {report.Gallery}: {report.Recall[1]:f3}, {report.Recall[5]:f3}, {report.Recall[10]:f3}.")),
        ];
        ScatterPage.Write(path, new ScatterPicture("Things of several kinds in one learned space", notes, [.. held.Columns.Select(column => column.Name)], [.. points.OrderBy(point => point.Label is null)]));

        string Name((int Column, int Item) thing)
        {
            string name = held.Items[thing.Column].Names[thing.Item];
            return name.Length <= LongestName ? name : name[..LongestName];
        }
    }

    private static IEnumerable<int> Some(int count) => Enumerable.Range(0, Math.Min(count, PerColumn)).Select(n => (int)((long)n * count / Math.Min(count, PerColumn)));
}
