using System.Globalization;
using VectorSearch.Client;
using VectorSearch.Learn;
using VectorSearch.Numerics;
using VectorSearch.Protocol.V1;
using VectorSearch.Testing;
using Collection = VectorSearch.Protocol.V1.Collection;
using Metric = VectorSearch.Protocol.V1.Metric;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>
/// People of four tastes and what they watched; models trained on it again and again, one of them with the names of the films
/// shuffled; and collections that hold the films of the first one.
/// </summary>
public class Retraining : IDisposable
{
    public const int Films = 240, Dimension = 8;

    private const int People = 600, Tastes = 4, Watched = 14;

    private readonly TempDirectory _directory = new();

    private readonly int _films;

    public Retraining()
        : this(Films, People)
    {
    }

    protected Retraining(int films, int people)
    {
        _films = films;
        First = Train("first", seed: 1, people: people, shuffled: false);
        Second = Train("second", seed: 2, people: people - (people / 10), shuffled: false);
        Shuffled = Train("shuffled", seed: 3, people: people, shuffled: true);
    }

    public (LearnedModel Model, string File) First { get; }

    public (LearnedModel Model, string File) Second { get; }

    /// <summary>Trained on the same data with the films' names shuffled.</summary>
    public (LearnedModel Model, string File) Shuffled { get; }

    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    public static string SpaceOf((LearnedModel Model, string File) trained, string question) => trained.Model.Question(question).Space.ToString();

    /// <summary>What someone of a taste watched: as in the data, with another seed.</summary>
    public static string[] History(int person, int among = Films)
    {
        Xoshiro256 random = new(77, (ulong)person);
        int taste = person % Tastes;
        HashSet<int> films = [];
        while (films.Count < Watched) films.Add(Film(taste, among, ref random));
        return [.. films.Select(film => film.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>Questions with known answers: a history, and the last of it.</summary>
    public static IEnumerable<Judgement> Judgements(int count, int among = Films) => Enumerable.Range(10_000, count).Select(person =>
    {
        string[] history = History(person, among);
        return new Judgement
        {
            Query = ModelInput.History(history[..^1]), Relevant = new IdColumn { Numbers = { ulong.Parse(history[^1], CultureInfo.InvariantCulture) } },
        };
    });

    /// <summary>Puts the models on a server and makes a collection of the first one's films, sent as its vectors.</summary>
    public async Task<(string First, string Second, string Shuffled)> FillAsync(VectorSearchClient client, string collection, string question)
    {
        string first = (await client.Models.PutAsync(First.File)).Digest;
        string second = (await client.Models.PutAsync(Second.File)).Digest;
        string shuffled = (await client.Models.PutAsync(Shuffled.File)).Digest;
        ModelQuestion asked = First.Model.Question(question);
        await client.Collections.CreateAsync(new Collection
        {
            Name = collection, Dimension = (uint)asked.Dimension, Metric = (Metric)(int)asked.Metric, SpaceId = asked.Space.ToString(), IdKind = IdKind.Number,
            Model = first, Question = question,
        });
        ulong[] ids = [.. First.Model.Items.Ids.Select(id => ulong.Parse(id, CultureInfo.InvariantCulture))];
        await client.Points(collection).UpsertAsync(ids, ids.Select((_, row) => asked.Items[row].ToArray()).ToArray());
        return (first, second, shuffled);
    }

    private static int Film(int taste, int among, ref Xoshiro256 random)
    {
        // Most of one's own taste, some of any; the first of each are the popular ones.
        int of = random.NextInt(10) < 8 ? taste : random.NextInt(Tastes);
        int rank = (int)(among / Tastes * Math.Pow(random.NextDouble(), 1.7));
        return (of * (among / Tastes)) + rank;
    }

    private (LearnedModel Model, string File) Train(string name, ulong seed, int people, bool shuffled)
    {
        int[] names = [.. Enumerable.Range(0, _films)];
        if (shuffled) new Xoshiro256(seed).Shuffle<int>(names);
        List<string> lines = [];
        for (int person = 0; person < people; person++) lines.AddRange(History(person, _films).Select(film => $"u{person} {names[int.Parse(film, CultureInfo.InvariantCulture)]}"));
        string watched = _directory.Combine(name + ".tsv"), file = _directory.Combine(name + ".vsmodel");
        File.WriteAllLines(watched, lines);
        IalsOptions options = new() { Dimension = Dimension, Seed = seed, Threads = 1 };
        ModelFile.Save(IalsLearner.Train(InteractionReader.Read(watched, new InteractionReadOptions { TextIds = true }), options), file);
        return (ModelFile.Load(file), file);
    }
}
