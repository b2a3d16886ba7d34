using VectorSearch.Architecture.Tests.Rules;

namespace VectorSearch.Architecture.Tests;

public class HouseStyleTests
{
    [Fact]
    public void Files_are_short() => Obey.Rule(FileLength.Check);

    [Theory]
    [InlineData("src/A.cs", 500, false)]
    [InlineData("src/A.cs", 501, true)]
    [InlineData("tests/A.cs", 600, false)]
    [InlineData("clients/node/test/a.js", 601, true)]
    [InlineData("samples/a.csv", 9000, false)]
    public void A_file_over_its_limit_is_found(string path, int lines, bool tooLong)
    {
        string text = string.Concat(Enumerable.Repeat("line\n", lines));
        Assert.Equal(tooLong, FileLength.Check(new SourceFile(path, text)).Any());
    }

    [Fact]
    public void Methods_are_short() => Obey.Rule(MethodLength.Check);

    [Theory]
    [InlineData(68, false)]
    [InlineData(69, true)]
    public void A_method_over_its_limit_is_found(int statements, bool tooLong)
    {
        string body = string.Concat(Enumerable.Repeat("if (\"}\".Length > '{') { i++; } // }\n", statements));
        string text = $"namespace N;\nclass C\n{{\n    int P {{ get; }}\n    void M()\n    {{\n{body}}}\n}}\n";
        Assert.Equal(tooLong, MethodLength.Check(new SourceFile("src/A.cs", text)).Any());
    }

    [Fact]
    public void No_exception_is_swallowed() => Obey.Rule(SwallowedExceptions.Check);

    [Theory]
    [InlineData("a.cs", "try { F(); } catch { }", 1)]
    [InlineData("a.cs", "try { F(); } catch (IOException e) when (e.HResult == F(1))\n{\n // never mind\n}", 1)]
    [InlineData("a.cs", "try { F(); } catch (IOException) { return false; }", 0)]
    [InlineData("a.cs", "var s = \"catch { }\"; // catch { }", 0)]
    [InlineData("a.js", "try { f() } catch (error) {}", 1)]
    [InlineData("a.py", "try:\n    f()\nexcept OSError:\n    pass\n", 1)]
    [InlineData("a.py", "try:\n    f()\nexcept OSError:\n    return None\n", 0)]
    public void A_swallowed_exception_is_found(string path, string text, int expected) =>
        Assert.Equal(expected, SwallowedExceptions.Check(new SourceFile(path, text)).Count());

    [Fact]
    public void Files_are_named_by_a_concept() => Obey.Rule(FileNames.Check);

    [Theory]
    [InlineData("src/Utils.cs", true)]
    [InlineData("src/StringHelpers.cs", true)]
    [InlineData("clients/python/vectorsearch/_common.py", true)]
    [InlineData("src/PayloadTypes.cs", true)]
    [InlineData("src/Prototypes.cs", false)]
    [InlineData("src/HnswGraph.cs", false)]
    public void A_name_that_holds_anything_is_found(string path, bool found) =>
        Assert.Equal(found, FileNames.Check(new SourceFile(path, "")).Any());

    [Fact]
    public void Nothing_is_left_for_later() => Obey.Rule(UnfinishedWork.Check);

    [Theory]
    [InlineData("// TO" + "DO: later")]
    [InlineData("throw new NotImplemented" + "Exception();")]
    [InlineData("[Fact(Ski" + "p = \"flaky\")]")]
    public void Unfinished_work_is_found(string text) =>
        Assert.Single(UnfinishedWork.Check(new SourceFile("src/A.cs", text)));

    [Fact]
    public void Nothing_names_a_machine_or_a_registry() => Obey.Rule(MachineTraces.Check);

    [Theory]
    [InlineData("cd /ho" + "me/ada/vectors", 1)]
    [InlineData("see /ro" + "ot/notes", 1)]
    [InlineData("\"resolved\": \"https://regis" + "try.npmjs.org/long\"", 1)]
    [InlineData("#!/usr/bin/env bash", 0)]
    [InlineData("src/ro" + "ot/notes", 0)]
    public void A_machine_or_registry_is_found(string text, int expected) =>
        Assert.Equal(expected, MachineTraces.Check(new SourceFile("docs/a.md", text)).Count());

    [Fact]
    public void Links_between_pages_lead_somewhere() => Obey.Rule(file => MarkdownLinks.Check(file, Repository.Paths));

    [Theory]
    [InlineData("[a](other.md#part)", 0)]
    [InlineData("[a](../README.md) and [b](/docs) and [c](#here)", 0)]
    [InlineData("[a](https://example.org/x.md) `[b](gone.md)`", 0)]
    [InlineData("```\n[a](gone.md)\n```", 0)]
    [InlineData("[a](gone.md)", 1)]
    [InlineData("[a](../../README.md)", 1)]
    [InlineData("[a]: gone.md", 1)]
    public void A_link_to_nowhere_is_found(string text, int expected) => Assert.Equal(expected,
        MarkdownLinks.Check(new SourceFile("docs/page.md", text), ["docs/page.md", "docs/other.md", "README.md"]).Count());
}
