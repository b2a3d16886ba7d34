using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class FeatureMapTests
{
    private static readonly InteractionDataset Data = Samples.Grouped();
    private static readonly LearnedModel Plain = IalsLearner.Train(Data, new IalsOptions { Dimension = 8, Epochs = 4 });

    [Fact]
    public void A_model_file_keeps_the_map_and_places_a_new_item_as_the_map_does()
    {
        using TempDirectory directory = new();
        LearnedModel model = FeatureMap.AddTo(Plain, Samples.GroupFeatures);
        ModelFile.Save(model, directory.Combine("a.model"));
        ModelQuestion question = ModelFile.Load(directory.Combine("a.model")).Question(FeatureMap.QuestionName);
        float[] placed = new float[8], expected = new float[8];

        Assert.Equal(1, question.Encode(["group:2", "never seen"], default, placed));
        FeatureMap.Fit(Data.Items, Plain.Question("history").Items, Samples.GroupFeatures.Of).Place(["group:2"], expected);

        Assert.Equal(expected, placed);
        Assert.Equal(model.Question(FeatureMap.QuestionName).Space, question.Space);
        Assert.Equal(QuestionKind.FeaturesToItem, question.Kind);
    }

    [Fact]
    public void A_placed_item_is_nearer_to_people_of_its_group_and_no_other_space_moves()
    {
        LearnedModel model = FeatureMap.AddTo(Plain, Samples.GroupFeatures);
        NamedVectors placed = ColdItems.Place(model, ["new", "i3", "unheard of"], new ItemFeatures([("new", "group:1"), ("i3", "group:3")]));
        double own = 0, others = 0;
        float[] vector = new float[8];
        for (int user = 0; user < Data.UserCount; user++)
        {
            model.Question("history").Encode(Data.ItemsOf(user), default, vector);
            float score = FixedLanes.Dot(vector, placed.Vectors[0]);
            if (user % 4 == 1) own += score;
            else others += score / 3;
        }

        Assert.Equal(["new"], placed.Ids);
        Assert.True(own > 2 * others, $"{own} against {others}; {TestSeed.Describe}");
        foreach (string question in new[] { "history", "similar" }) Assert.Equal(Plain.Question(question).Space, model.Question(question).Space);
    }

    [Fact]
    public void Folding_in_an_item_keeps_the_map()
    {
        LearnedModel grown = IalsModel.FoldInItem(FeatureMap.AddTo(Plain, Samples.GroupFeatures), "new", [1, 5, 9]);

        Assert.Equal(81, grown.Question(FeatureMap.QuestionName).Items.Rows);
        Assert.Equal(FeatureMap.AddTo(Plain, Samples.GroupFeatures).Question(FeatureMap.QuestionName).Space, grown.Question(FeatureMap.QuestionName).Space);
    }

    [Fact]
    public void A_value_counts_as_repetitions_do_and_a_model_without_a_map_says_what_it_answers()
    {
        ModelQuestion question = FeatureMap.AddTo(Plain, Samples.GroupFeatures).Question(FeatureMap.QuestionName);
        float[] one = new float[8], four = new float[8];
        question.Encode(["group:0"], default, one);
        question.Encode(["group:0"], [4f], four);

        for (int d = 0; d < 8; d++) Assert.Equal(2 * one[d], four[d], 1e-5);
        Assert.Contains("history", Assert.Throws<KeyNotFoundException>(() => ColdItems.Place(Plain, ["new"], Samples.GroupFeatures)).Message, StringComparison.Ordinal);
        Assert.Contains("0 features", Assert.Throws<ArgumentException>(() => FeatureMap.AddTo(Plain, new ItemFeatures([]))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LearningMethod.Ials)]
    [InlineData(LearningMethod.Graph)]
    [InlineData(LearningMethod.Deep)]
    public void Every_learner_but_ease_hands_over_a_model_that_places_new_items(LearningMethod method)
    {
        DatasetSplit split = DatasetSplitter.RandomFraction(Data, 0.2, 3);
        LearningRequest request = new() { Method = method, Dimension = 8, Trials = 0, Epochs = 4, Features = Samples.GroupFeatures, Evaluation = new EvaluationOptions { BootstrapResamples = 0 } };

        LearnedModel model = InteractionLearning.Run(split.Train, null, split.HeldOut, request).Model;

        NamedVectors placed = ColdItems.Place(model, ["new"], new ItemFeatures([("new", "group:1")]));
        Assert.Equal(model.Question("history").Dimension, placed.Vectors.Dimension);
        Assert.False(placed.Vectors.IsZero(0));
        foreach (string name in new[] { "history", "similar" })
        {
            ModelQuestion question = model.Question(name), placing = model.Placing(question)!;
            float[] vector = new float[question.Dimension];
            Assert.Equal(1, placing.Encode(["group:1"], default, vector));
            Assert.Equal(placed.Vectors[0][..vector.Length].ToArray(), vector);
        }
    }
}
