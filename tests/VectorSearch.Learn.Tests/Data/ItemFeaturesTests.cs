namespace VectorSearch.Learn.Tests;

public sealed class ItemFeaturesTests
{
    [Fact]
    public void Genres_and_tags_of_the_shipped_films_are_told_apart()
    {
        FilmCatalog films = FilmCatalog.Read(Samples.MovieLens("movies.csv"));
        ItemFeatures features = ItemFeatures.OfFilms(films, FilmTags.Read(Samples.MovieLens("tags.csv")));

        Assert.Contains("genre:Animation", features.Of("1"));
        Assert.Contains("tag:pixar", features.Of("1"));
        Assert.DoesNotContain("tag:pixar", ItemFeatures.OfFilms(films).Of("1"));
        Assert.Empty(features.Of("no such film"));
    }

    [Fact]
    public void A_feature_counts_once_and_the_order_does_not_matter()
    {
        ItemFeatures one = new([("a", "x"), ("b", "y"), ("a", "w"), ("a", "x")]), other = new([("b", "y"), ("a", "x"), ("a", "w")]);

        Assert.Equal(["w", "x"], one.Of("a"));
        Assert.Equal(one.ContentHash(), other.ContentHash());
        Assert.NotEqual(one.ContentHash(), new ItemFeatures([("b", "y"), ("a", "x")]).ContentHash());
        Assert.Contains("'b'", Assert.Throws<ArgumentException>(() => new ItemFeatures([("b", "")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_union_keeps_times_where_both_parts_have_them()
    {
        InteractionDataset data = Samples.Grouped();
        DatasetSplit split = DatasetSplitter.RandomFraction(data, 0.3, 1);

        InteractionDataset whole = split.Train.Union(split.HeldOut);

        for (int user = 0; user < data.UserCount; user++) Assert.Equal(data.TimesOf(user).ToArray(), whole.TimesOf(user).ToArray());
        Assert.False(whole.Union(data.Transpose().Transpose()).HasTimes);
    }
}
