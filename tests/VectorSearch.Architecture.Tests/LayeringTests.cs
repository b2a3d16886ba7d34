using VectorSearch.Architecture.Tests.Rules;

namespace VectorSearch.Architecture.Tests;

public class LayeringTests
{
    private const string Table = """
        | project | what it is | may reference |
        | --- | --- | --- |
        | `VectorSearch.Index` | graphs | nothing of ours |
        | `VectorSearch.Grpc.Kestrel` | calls | Index, ASP.NET Core |
        """;

    [Fact]
    public void Projects_reference_only_what_the_architecture_page_allows()
    {
        var arrows = ProjectArrows.Read(Repository.Files.Single(file => file.Path == "ARCHITECTURE.md").Text);
        Obey.Rule(file => ProjectArrows.Check(file, arrows));
    }

    [Fact]
    public void The_table_on_the_page_has_a_row_for_every_project()
    {
        var arrows = ProjectArrows.Read(Repository.Files.Single(file => file.Path == "ARCHITECTURE.md").Text);
        IEnumerable<string> projects = Repository.Paths
            .Where(path => path.StartsWith("src/", StringComparison.Ordinal) && path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path)["VectorSearch.".Length..]);
        Assert.Equal(projects.Order(), arrows.Keys.Order());
    }

    [Theory]
    [InlineData("Grpc.Kestrel", "Index", true)]
    [InlineData("Index", "Grpc.Kestrel", false)]
    [InlineData("Unheard", "Index", false)]
    public void A_reference_against_the_arrows_is_found(string from, string to, bool allowed)
    {
        var file = new SourceFile($"src/VectorSearch.{from}/VectorSearch.{from}.csproj",
            $"""<Project><ItemGroup><ProjectReference Include="..\VectorSearch.{to}\VectorSearch.{to}.csproj" /></ItemGroup></Project>""");
        Assert.Equal(allowed, !ProjectArrows.Check(file, ProjectArrows.Read(Table)).Any());
    }

    [Fact]
    public void A_product_project_that_references_tests_is_found()
    {
        var file = new SourceFile("src/VectorSearch.Index/VectorSearch.Index.csproj",
            """<Project><ProjectReference Include="../../tests/VectorSearch.Testing/VectorSearch.Testing.csproj" /></Project>""");
        Assert.Single(ProjectArrows.Check(file, ProjectArrows.Read(Table)));
    }

    [Fact]
    public void Intrinsics_are_used_in_numerics_only() => Obey.Rule(IntrinsicsHome.Check);

    [Theory]
    [InlineData("src/VectorSearch.Index/A.cs", "using System.Runtime.Intrinsics.X86;", 1)]
    [InlineData("src/VectorSearch.Index/A.cs", "var v = Vector256<float>.Zero;", 1)]
    [InlineData("src/VectorSearch.Learn/A.cs", "TensorPrimitives.Dot(x, y);", 1)]
    [InlineData("src/VectorSearch.Index/A.cs", "// Vector512.Load is in Numerics", 0)]
    [InlineData("src/VectorSearch.Numerics/A.cs", "using System.Runtime.Intrinsics;", 0)]
    public void Intrinsics_elsewhere_are_found(string path, string text, int expected) =>
        Assert.Equal(expected, IntrinsicsHome.Check(new SourceFile(path, text)).Count());

    [Fact]
    public void The_solution_holds_every_project() =>
        Obey.None(SolutionContents.Check(Repository.Files.Single(file => file.Path == "VectorSearch.sln"), Repository.Paths));

    [Fact]
    public void A_project_outside_the_solution_and_one_only_in_it_are_found()
    {
        var solution = new SourceFile("All.sln", """Project("{0}") = "A", "src\A\A.csproj", "{1}" """);
        Assert.Equal(["All.sln", "src/B/B.csproj"],
            SolutionContents.Check(solution, ["src/B/B.csproj"]).Select(violation => violation.Path).Order(StringComparer.Ordinal));
        Assert.Empty(SolutionContents.Check(solution, ["src/A/A.csproj"]));
    }
}
