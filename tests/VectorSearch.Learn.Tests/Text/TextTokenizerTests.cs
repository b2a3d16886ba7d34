namespace VectorSearch.Learn.Tests.Text;

public sealed class TextTokenizerTests
{
    [Theory]
    [InlineData("The cat, isn't it?", "the|cat|,|isn't|it|?")]
    [InlineData("ÉCOLE Straße Ελλάδα", "école|straße|ελλάδα")]
    [InlineData("Căn nhà đẹp 3.5 tỷ", "căn|nhà|đẹp|3|.|5|tỷ")]
    [InlineData("東京タワー", "東|京|タ|ワ|ー")]
    [InlineData("हिन्दी भाषा", "हिन्दी|भाषा")]
    [InlineData("good 😀👍", "good|😀|👍")]
    [InlineData("'quoted' dogs'", "'|quoted|'|dogs|'")]
    [InlineData(" \t\r\n", "")]
    public void A_text_of_any_script_is_cut_into_its_words_and_signs(string text, string expected)
    {
        Assert.Equal(expected, string.Join('|', Tokens(text, lowercase: true)));
    }

    [Fact]
    public void Case_is_kept_when_asked_for()
    {
        Assert.Equal(["The", "CAT"], Tokens("The CAT", lowercase: false));
    }

    [Fact]
    public void A_very_long_word_is_cut_into_pieces_that_lose_nothing()
    {
        string word = new('x', (3 * TextTokenizer.MaxTokenLength) + 5);
        List<string> tokens = Tokens(word, lowercase: true);
        Assert.All(tokens, token => Assert.True(token.Length <= TextTokenizer.MaxTokenLength));
        Assert.Equal(word, string.Concat(tokens));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_read_as_the_replacement_sign()
    {
        Assert.Equal(["a", "\ufffd", "b"], Tokens("a\ud83d b", lowercase: true));
    }

    private static List<string> Tokens(string text, bool lowercase)
    {
        TokenBuffer buffer = new();
        TextTokenizer.Tokenize(text, lowercase, buffer);
        return [.. Enumerable.Range(0, buffer.Count).Select(n => buffer[n].ToString())];
    }
}
