using System.Globalization;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>Questions with known answers from an interaction file: what someone watched, with the last of it (or where there are no times, a tenth) held out.</summary>
internal static class JudgementFile
{
    /// <summary>Users that are asked about.</summary>
    public const int MaxUsers = 2000;

    /// <summary>Items of a history; of a longer one the rest is left out.</summary>
    public const int MaxItems = 200;

    private const double Tenth = 0.1;

    /// <summary>Makes judgements for a collection whose ids are the items.</summary>
    /// <param name="data">Who watched what.</param>
    /// <param name="kind">What names the collection's points.</param>
    /// <param name="seed">Which users, if there are more than <see cref="MaxUsers"/>.</param>
    public static IReadOnlyList<Judgement> Make(InteractionDataset data, IdKind kind, ulong seed)
    {
        DatasetSplit split = data.HasTimes ? DatasetSplitter.LeaveLast(data) : DatasetSplitter.RandomFraction(data, Tenth, seed);
        List<Judgement> judgements = [];
        int step = Math.Max(1, data.UserCount / MaxUsers);
        for (int user = 0; user < split.HeldOut.UserCount && judgements.Count < MaxUsers; user += step)
        {
            ReadOnlySpan<int> rest = user < split.Train.UserCount ? split.Train.ItemsOf(user) : default;
            if (rest.IsEmpty || split.HeldOut.ItemsOf(user).IsEmpty) continue;
            Judgement judgement = new() { Query = new Features { History = new History() }, Relevant = new IdColumn() };
            foreach (int item in rest[..Math.Min(rest.Length, MaxItems)]) judgement.Query.History.Items.Add(split.Train.Items[item]);
            foreach (int item in split.HeldOut.ItemsOf(user)) Add(judgement.Relevant, split.HeldOut.Items[item], kind);
            judgements.Add(judgement);
        }

        return judgements;
    }

    private static void Add(IdColumn column, string item, IdKind kind)
    {
        if (kind == IdKind.String) column.Strings.Add(item);
        else if (ulong.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) column.Numbers.Add(number);
        else throw new CliException($"--judgements: item '{item}' is no number, and the collection's ids are.");
    }
}
