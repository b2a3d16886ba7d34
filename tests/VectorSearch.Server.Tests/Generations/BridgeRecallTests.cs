using System.Runtime.InteropServices;
using Google.Protobuf;
using VectorSearch.Client;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Tests.Contract;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>
/// The recall that a reply over the bridge states is what such queries find, within 0.03: on vectors that neither the fit nor
/// the measurement has seen, and for every kind of query that brings vectors.
/// </summary>
public sealed class BridgeRecallTests(RunningServer server, BridgeRecallTests.ManyFilms models) : IClassFixture<RunningServer>, IClassFixture<BridgeRecallTests.ManyFilms>
{
    private const string Question = "history";
    private const int K = 10;
    private const double Within = 0.03;

    /// <summary>So many films that ten answers are few of them.</summary>
    public sealed class ManyFilms() : Retraining(Count, 6_000)
    {
        public const int Count = 1_600;
    }

    private async Task<(Bridge Bridge, (float[] Old, float[] New)[] Fresh)> BridgeAsync(string collection)
    {
        (_, string second, _) = await models.FillAsync(server.Client, collection, Question);
        RebuildRequest request = new() { Collection = collection, Model = second, Decision = Decision.Promote, Bridge = true };
        request.Judgements.AddRange(Retraining.Judgements(2_000, ManyFilms.Count));
        await server.Client.Generations.RebuildAsync(request);
        ModelQuestion old = models.First.Model.Question(Question), young = models.Second.Model.Question(Question);
        (float[], float[])[] fresh = [.. Enumerable.Range(50_000, 800).Select(person => (Encode(old, person), Encode(young, person)))];
        return ((await server.Client.Generations.GetAsync(collection)).Bridge, fresh);
    }

    [Fact]
    public async Task The_stated_recall_is_right_for_every_kind_of_query_that_brings_vectors()
    {
        const string collection = "stated", question = Question;
        (Bridge bridge, (float[] Old, float[] New)[] fresh) = await BridgeAsync(collection);
        Assert.True(bridge.Recall > 0.3 && bridge.Margin < Within, $"{bridge.Kind} {bridge.Recall:F3} ± {bridge.Margin:F3}");
        PointsClient holder = server.Client.Points(collection, Retraining.SpaceOf(models.First, question));
        PointsClient upToDate = server.Client.Points(collection, Retraining.SpaceOf(models.Second, question));
        Dictionary<string, Func<PointsClient, float[][], bool, Task<QueryResult>>> kinds = new()
        {
            ["vector"] = (client, vectors, exact) => client.QueryAsync(vectors[0], new QueryOptions { Limit = K, Exact = exact }),
            ["batch"] = (client, vectors, exact) => client.QueryAsync(vectors, new QueryOptions { Limit = K, Exact = exact }),
            ["example"] = (client, vectors, exact) => client.QueryAsync(Example(collection, vectors[0], exact)),
        };
        foreach ((string kind, Func<PointsClient, float[][], bool, Task<QueryResult>> ask) in kinds)
        {
            int rows = kind == "batch" ? 4 : 1;
            List<double> found = [];
            foreach ((float[] Old, float[] New)[] some in fresh.Chunk(rows).Where(some => some.Length == rows))
            {
                QueryResult answers = await ask(holder, [.. some.Select(pair => pair.Old)], false);
                QueryResult truth = await ask(upToDate, [.. some.Select(pair => pair.New)], true);
                Assert.Equal((bridge.Recall, null), (answers.BridgeRecall, truth.BridgeRecall));
                for (int row = 0; row < truth.Count; row++)
                    found.Add((double)answers[row].Select(hit => hit.Id).Intersect(truth[row].Select(hit => hit.Id)).Count() / K);
            }

            Assert.True(Math.Abs(found.Average() - bridge.Recall) <= Within, $"{kind}: told {bridge.Recall:F3} ± {bridge.Margin:F3} ({bridge.Kind}), measured {found.Average():F3} on {found.Count}");
        }
    }

    private static QueryRequest Example(string collection, float[] vector, bool exact) => new()
    {
        Collection = collection,
        Limit = K,
        Options = new SearchOptions { Exact = exact },
        Examples = new ExampleRows { Rows = { new Examples { PositiveVectors = One(vector) } } },
    };

    private static Matrix One(float[] vector) => new()
    {
        Data = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(vector)), Dim = (uint)vector.Length, Rows = 1, Type = ElementType.Float32,
    };

    private static float[] Encode(ModelQuestion question, int person)
    {
        float[] vector = new float[question.Dimension];
        question.Encode(Retraining.History(person, ManyFilms.Count)[..^1], default, vector);
        return vector;
    }
}
