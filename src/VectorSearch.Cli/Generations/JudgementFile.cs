using System.Globalization;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>Questions with known answers from an interaction file: what someone watched but for one film, which is the answer.</summary>
internal static class JudgementFile
{
    /// <summary>Users that are asked about.</summary>
    public const int MaxUsers = 2000;

    /// <summary>Items of a history; of a longer one the rest is left out.</summary>
    public const int MaxItems = 200;

    /// <summary>Makes judgements of a whole file.</summary>
    /// <param name="data">Who watched what.</param>
    /// <param name="kind">What names the collection's points.</param>
    /// <param name="seed">Which item is asked for, where there are no times.</param>
    public static IReadOnlyList<Judgement> Make(InteractionDataset data, IdKind kind, ulong seed) => Make(Split(data, seed), kind);

    /// <summary>Holds out what will be asked for. A model that is to be judged by it must learn from the rest only.</summary>
    /// <param name="data">Who watched what.</param>
    /// <param name="seed">Which item is asked for, where there are no times.</param>
    public static DatasetSplit Split(InteractionDataset data, ulong seed) => DatasetSplitter.OneOfSome(data, MaxUsers, seed);

    /// <summary>Makes judgements for a collection whose ids are the items.</summary>
    /// <param name="split">What is known of the users, and what is asked for.</param>
    /// <param name="kind">What names the collection's points.</param>
    public static IReadOnlyList<Judgement> Make(DatasetSplit split, IdKind kind)
    {
        List<Judgement> judgements = [];
        for (int user = 0; user < split.HeldOut.UserCount; user++)
        {
            if (split.HeldOut.ItemsOf(user).IsEmpty) continue;
            ReadOnlySpan<int> rest = split.Train.ItemsOf(user);
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
