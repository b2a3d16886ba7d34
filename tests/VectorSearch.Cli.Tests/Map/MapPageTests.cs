using System.Globalization;
using System.Xml.Linq;
using VectorSearch.Cli.Map;
using VectorSearch.Learn;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.Map;

public class MapPageTests
{
    [Theory]
    [InlineData("Matrix, The (1999)", "The Matrix", "1999")]
    [InlineData("Seven (a.k.a. Se7en) (1995)", "Seven", "1995")]
    [InlineData("Léon: The Professional (a.k.a. The Professional) (Léon) (1994)", "Léon: The Professional", "1994")]
    [InlineData("Bug's Life, A (1998) ", "A Bug's Life", "1998")]
    [InlineData("Babylon 5", "Babylon 5", "")]
    public void Titles_are_written_as_people_say_them(string catalogue, string title, string year) =>
        Assert.Equal((title, year), MapFilm.Split(catalogue));

    [Fact]
    public void No_label_covers_another_or_leaves_the_field()
    {
        Box field = new(0, 0, 600, 400);
        LabelPlacer placer = new(field, 12);
        placer.Reserve(new Box(0, 0, 100, 20));
        Random random = new(3);
        List<Box> boxes = [new Box(0, 0, 100, 20)];
        for (int n = 0; n < 300; n++)
        {
            if (placer.TryPlace(new string('x', 5 + (n % 20)), random.NextDouble() * 600, random.NextDouble() * 400) is { } place) boxes.Add(place.Box);
        }

        Assert.InRange(boxes.Count, 20, 300);
        for (int n = 0; n < boxes.Count; n++)
        {
            Assert.True(boxes[n].Within(field));
            for (int m = 0; m < n; m++) Assert.False(boxes[n].Meets(boxes[m]), $"{boxes[n]} meets {boxes[m]}");
        }
    }

    [Theory]
    [InlineData("map.svg")]
    [InlineData("map.html")]
    public void The_page_is_one_well_formed_file_that_refers_to_nothing_outside(string name)
    {
        using TempDirectory directory = new();
        MapFilm[] films = [.. Enumerable.Range(0, 60).Select(n => new MapFilm($"Film <{n}> & \"co\"", "1999", ["Drama"], 60 - n, n / 60.0, n * 7 % 60 / 60.0))];
        SvgPanel[] panels =
        [
            SvgPanel.Line("Line", ["A note."], films, 20, "low", "high"),
            SvgPanel.Plane("Plane", ["A note.", "Another."], films, 30, new AxisNames("left", "right", "bottom", "top")),
        ];

        MapPage.Write(directory.Combine(name), "A <map>", "What it shows.", panels);

        string text = File.ReadAllText(directory.Combine(name));
        int from = text.IndexOf("<svg", StringComparison.Ordinal), to = text.LastIndexOf("</svg>", StringComparison.Ordinal);
        XElement svg = XElement.Parse("<all>" + text[from..(to + 6)] + "</all>");
        Assert.Equal(2 * films.Length, svg.Descendants().Count(element => element.Name.LocalName == "circle" && element.HasElements));
        Assert.Contains(svg.Descendants(), element => element.Value == "left, top");
        Assert.DoesNotContain("href", text, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_are_read_by_column_name_and_faults_name_the_line()
    {
        using TempDirectory directory = new();
        string path = directory.Combine("axes.tsv");
        File.WriteAllText(path, "movieId\tmpaa\tbudget\tgross\n1\tPG\t1000000\t100000000\n2\tR\t\t\n3\tPG-13\t5\t10000\n");

        FilmAttributes attributes = FilmAttributes.Read(path);

        Assert.Equal([0, 1], new[] { attributes.AdultOf("1"), attributes.AdultOf("2") });
        Assert.True(double.IsNaN(attributes.AdultOf("3")) && double.IsNaN(attributes.SizeOf("2")) && double.IsNaN(attributes.SizeOf("nobody")));
        Assert.Equal([7, 4], new[] { attributes.SizeOf("1"), attributes.SizeOf("3") });
        File.WriteAllText(path, "movieId\tbudget\n1\tmuch\n");
        Assert.Contains("line 2", Assert.Throws<DataFormatException>(() => FilmAttributes.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "movieId\tcolour\n");
        Assert.Contains("colour", Assert.Throws<DataFormatException>(() => FilmAttributes.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shipped_ratings_give_axes_that_hold_on_films_they_were_not_fitted_on()
    {
        using TempDirectory directory = new();
        string path = directory.Combine("map.html");

        Assert.Equal(0, await MapCommand.Create().Parse(["--out", path]).InvokeAsync());

        string text = await File.ReadAllTextAsync(path);
        Assert.True(Figure(text, "AUC ") >= 0.8);
        Assert.True(Figure(text, "Spearman ") >= 0.5);
        Assert.Contains("The Matrix", text, StringComparison.Ordinal);
    }

    private static double Figure(string text, string name) =>
        double.Parse(text.AsSpan(text.IndexOf(name, StringComparison.Ordinal) + name.Length, 4), CultureInfo.InvariantCulture);
}
