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

    /// <summary>With fewer questions the gate does not judge by them.</summary>
    private const int MinQuestions = 30;

    /// <summary>Makes judgements of a whole file.</summary>
    /// <param name="data">Who watched what.</param>
    /// <param name="kind">What names the collection's points.</param>
    /// <param name="seed">Which item is asked for, where there are no times.</param>
    public static IReadOnlyList<Judgement> Make(InteractionDataset data, IdKind kind, ulong seed) => Make(DatasetSplitter.OneOfSome(data, MaxUsers, seed), kind);

    /// <summary>
    /// Judgements from what a new model is trained on, and what is left to train on. Neither of the two models may have
    /// the advantage of having seen the answers: what was watched since the one in use was trained is asked for, and kept
    /// from the new one. Where there is too little of that, both may have seen all.
    /// </summary>
    /// <param name="data">Who watched what.</param>
    /// <param name="since">When the model in use was trained.</param>
    /// <param name="kind">What names the collection's points.</param>
    /// <param name="seed">Which item is asked for, where there are no times.</param>
    public static (InteractionDataset Train, IReadOnlyList<Judgement> Judgements) MakeFair(InteractionDataset data, DateTimeOffset since, IdKind kind, ulong seed)
    {
        if (data.HasTimes && DatasetSplitter.OneOfSome(data, MaxUsers, seed, since) is { HeldOut.InteractionCount: >= MinQuestions } unseen) return (unseen.Train, Make(unseen, kind));
        return (data, Make(data, kind, seed));
    }

    private static List<Judgement> Make(DatasetSplit split, IdKind kind)
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
