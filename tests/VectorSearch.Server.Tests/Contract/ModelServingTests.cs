using System.Globalization;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>A model on the server encodes what clients send, exactly as in training, and its spaces are held apart.</summary>
public sealed class ModelServingTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static float[] Vector(ModelQuestion question, string item, LearnedModel model) => question.Items[model.Items.RowOf(item)].ToArray();

    private async Task<PointsClient> FillAsync(LearnedModel model, string collection, string questionName)
    {
        ModelQuestion question = model.Question(questionName);
        PointsClient points = server.Client.Points(collection);
        ulong[] ids = [.. model.Items.Ids.Select(id => ulong.Parse(id, CultureInfo.InvariantCulture))];
        await points.UpsertAsync(ids, model.Items.Ids.Select(id => Vector(question, id, model)).ToArray());
        return points;
    }

    [Fact]
    public async Task A_history_is_answered_by_the_models_own_fold_in_without_the_items_of_the_history()
    {
        (LearnedModel model, _) = await server.PutModelAsync("history-films", "history");
        PointsClient points = await FillAsync(model, "history-films", "history");
        QueryResult answered = await points.QueryAsync([ModelInput.History(["0", "1"])], new QueryOptions { Limit = 2, ExcludeHistory = true });

        ModelQuestion question = model.Question("history");
        float[] folded = new float[question.Dimension];
        question.Encode(["0", "1"], default, folded);
        (ulong Id, float Score)[] expected = [.. model.Items.Ids
            .Except(["0", "1"])
            .Select(id => (ulong.Parse(id, CultureInfo.InvariantCulture), Vector(question, id, model).Zip(folded, (x, y) => x * y).Sum()))
            .OrderByDescending(pair => pair.Item2)
            .Take(2)];
        Assert.Equal(expected.Select(pair => pair.Id), answered[0].Select(hit => hit.Id.Number));
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i].Score, answered[0][i].Score, tolerance: 1e-5f);
    }

    [Fact]
    public async Task A_point_may_be_written_as_a_history_and_gets_the_models_vector()
    {
        (LearnedModel model, _) = await server.PutModelAsync("people", "history");
        PointsClient points = server.Client.Points("people");
        await points.UpsertAsync(new ulong[] { 900 }, [ModelInput.History(["4", "5"])]);
        Point person = Assert.Single(await points.GetAsync(new ulong[] { 900 }, withVectors: true));
        float[] folded = new float[model.Question("history").Dimension];
        model.Question("history").Encode(["4", "5"], default, folded);
        Assert.Equal(folded, person.Vector.ToArray());
    }

    [Fact]
    public async Task A_new_film_written_by_its_features_stands_among_the_films_and_is_found_for_its_camp()
    {
        ItemFeatures camps = new(Enumerable.Range(0, 8).Select(film => ($"{film}", film < 4 ? "camp:left" : "camp:right")));
        (LearnedModel model, _) = await server.PutModelAsync("cold-films", "history", camps);
        PointsClient points = await FillAsync(model, "cold-films", "history");
        await points.UpsertAsync(new ulong[] { 100, 101 }, [
            ModelInput.Sparse(new Dictionary<string, float> { ["camp:left"] = 1, ["unheard of"] = 1 }), ModelInput.Sparse(new Dictionary<string, float> { ["camp:right"] = 1 })]);

        Point placed = Assert.Single(await points.GetAsync(new ulong[] { 100 }, withVectors: true));
        float[] expected = new float[4];
        model.Question(FeatureMap.QuestionName).Encode(["camp:left"], default, expected);
        Assert.Equal(expected, placed.Vector.ToArray());
        QueryResult answered = await points.QueryAsync([ModelInput.History(["0", "1"])], new QueryOptions { Limit = 10 });
        ulong[] order = [.. answered[0].Select(hit => hit.Id.Number)];
        Assert.True(Array.IndexOf(order, 100UL) < Array.IndexOf(order, 101UL), string.Join(", ", order));
        VectorSearchClientException unknown = await Assert.ThrowsAsync<VectorSearchClientException>(
            () => points.UpsertAsync(new ulong[] { 102 }, [ModelInput.Sparse(new Dictionary<string, float> { ["unheard of"] = 1 })]));
        Assert.Contains("unheard of", unknown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("warm-films", "history", false)]
    [InlineData("audience-films", "audience", true)]
    public async Task A_question_whose_films_cannot_be_placed_by_features_refuses_them(string collection, string question, bool map)
    {
        await server.PutModelAsync(collection, question, map ? new ItemFeatures([("0", "camp:left")]) : null);
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(
            () => server.Client.Points(collection).UpsertAsync(new ulong[] { 100 }, [ModelInput.Sparse(new Dictionary<string, float> { ["camp:left"] = 1 })]));
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
        Assert.Contains("history", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_two_questions_of_a_model_are_two_spaces_and_one_is_refused_in_the_others_collection()
    {
        (LearnedModel model, Collection similar) = await server.PutModelAsync("similar-films", "similar");
        Assert.NotEqual(model.Question("similar").Space, model.Question("history").Space);
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(
            () => server.Client.Points("similar-films", model.Question("history").Space.ToString()).QueryAsync(Vector(model.Question("history"), "0", model)));
        Assert.Equal(GrpcStatusCode.FailedPrecondition, refused.Code);
        Assert.Contains(similar.SpaceId, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_history_of_unknown_items_is_refused_by_name()
    {
        (LearnedModel model, _) = await server.PutModelAsync("unknown-films", "history");
        PointsClient points = await FillAsync(model, "unknown-films", "history");
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(() => points.QueryAsync([ModelInput.History(["nobody-saw-this"])]));
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
        Assert.Contains("nobody-saw-this", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_model_is_refused_and_nothing_of_it_is_kept()
    {
        (LearnedModel model, _) = await server.PutModelAsync("whole-films", "similar");
        string file = Path.Combine(server.DataDirectory, "damaged.vsmodel");
        ModelFile.Save(model, file);
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        int before = (await server.Client.Models.ListAsync()).Count;
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(() => server.Client.Models.PutAsync(file));
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
        Assert.Equal(before, (await server.Client.Models.ListAsync()).Count);
        Assert.Empty(Directory.EnumerateFiles(DataLayout.Models(server.DataDirectory), "*.partial"));
    }
}
