namespace VectorSearch.Cli.Tests;

public class TitleCatalogTests
{
    private static TitleCatalog Films()
    {
        TitleCatalog catalog = new();
        catalog.Add("Toy Story (1995)", 1);
        catalog.Add("Toy Story 2 (1999)", 3114);
        catalog.Add("Sabrina (1954)", 915);
        catalog.Add("Sabrina (1995)", 7);
        catalog.Add("Matrix, The (1999)", 2571);
        return catalog;
    }

    [Fact]
    public void A_title_is_found_whatever_its_case() => Assert.Equal(1UL, Films().Find("toy story (1995)"));

    [Fact]
    public void The_year_may_be_left_out_when_one_film_has_the_name() => Assert.Equal(2571UL, Films().Find("Matrix, The"));

    [Fact]
    public void A_name_that_two_films_have_asks_which_one()
    {
        CliException fault = Assert.Throws<CliException>(() => Films().Find("Sabrina"));
        Assert.Contains("Sabrina (1954)", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Sabrina (1995)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Toy Stroy (1995)", "Toy Story (1995)")]
    [InlineData("The Matrix", "Matrix, The (1999)")]
    [InlineData("matrx", "Matrix, The (1999)")]
    public void A_misspelt_title_is_answered_with_the_nearest_ones(string typed, string expected)
    {
        CliException fault = Assert.Throws<CliException>(() => Films().Find(typed));
        Assert.Contains($"\"{typed}\"", fault.Message, StringComparison.Ordinal);
        Assert.Equal(expected, Films().Nearest(typed)[0]);
    }

    [Fact]
    public void A_title_like_nothing_here_suggests_nothing()
    {
        CliException fault = Assert.Throws<CliException>(() => Films().Find("qqqq"));
        Assert.DoesNotContain("Did you mean", fault.Message, StringComparison.Ordinal);
    }
}
