using VectorSearch.Cli.Generations;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.Generations;

/// <summary>Neither of two models that are compared has the advantage of having seen the answers.</summary>
public sealed class JudgementFileTests : IDisposable
{
    private const int People = 40;
    private const int Films = 12;

    private static readonly DateTimeOffset Trained = DateTimeOffset.FromUnixTimeSeconds(1_000_000);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_watched_since_is_asked_for_and_not_learned_from()
    {
        InteractionDataset data = Watched(newest: 1_000_005);
        (InteractionDataset train, IReadOnlyList<Judgement> judgements) = JudgementFile.MakeFair(data, Trained, IdKind.Number, 1);
        Assert.Equal(People, judgements.Count);
        Assert.Equal(data.InteractionCount - People, train.InteractionCount);
        Assert.All(judgements, judgement => Assert.Equal(Films - 1, judgement.Query.History.Items.Count));
        Assert.All(judgements, judgement => Assert.DoesNotContain($"{Assert.Single(judgement.Relevant.Numbers)}", judgement.Query.History.Items));
    }

    [Fact]
    public void Where_nothing_new_was_watched_all_is_learned_from_and_asked_for()
    {
        InteractionDataset data = Watched(newest: 1_000_000);
        (InteractionDataset train, IReadOnlyList<Judgement> judgements) = JudgementFile.MakeFair(data, Trained, IdKind.Number, 1);
        Assert.Equal(People, judgements.Count);
        Assert.Same(data, train);
    }

    /// <summary>People who watched films one after the other, the last at a given second.</summary>
    private InteractionDataset Watched(long newest)
    {
        List<string> lines = ["userId,movieId,rating,timestamp"];
        for (int person = 0; person < People; person++)
        {
            for (int i = 0; i < Films; i++) lines.Add($"{person + 1},{1 + ((person + (i * 7)) % 30)},5,{newest - Films + 1 + i}");
        }

        string file = _directory.Combine("watched.csv");
        File.WriteAllLines(file, lines);
        return InteractionReader.Read(file);
    }
}
