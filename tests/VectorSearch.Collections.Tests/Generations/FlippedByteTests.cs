using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>
/// A flipped byte in the files of a collection with generations of both kinds: a graph that is retained, sealed rows that
/// serve, one that was refused; records with the rows of both, reports, snapshots, manifest.
/// </summary>
public class FlippedByteTests
{
    private const int Points = 120;

    private static readonly byte[] Report = [1, 2, 3, 4, 5];

    [Fact]
    public async Task A_flipped_byte_yields_the_right_answers_of_every_generation_or_a_refusal_that_check_explains()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(60);
        await FillAsync(setup);
        await setup.Test.CloseAsync();
        Random random = TestSeed.Random(57);
        string[] files = [.. Directory.GetFiles(setup.Folder, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length > 0)];
        foreach (string kind in new[] { "sealed", "report", "manifest", "definition", ".snapshot", "wal.log" })
            Assert.Contains(files, file => Path.GetFileName(file).Contains(kind, StringComparison.Ordinal));
        using TempDirectory copies = new();
        int refusals = 0, flips = TestScale.Pick(60, 2000);
        for (int i = 0; i < flips; i++)
        {
            string file = files[random.Next(files.Length)];
            byte[] good = File.ReadAllBytes(file), bad = [.. good];
            int at = random.Next(bad.Length);
            bad[at] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(file, bad);
            string context = $"{Path.GetRelativePath(setup.Folder, file)} at {at}; {TestSeed.Describe}";
            CheckReport report = CollectionChecker.Check(setup.Test.Root);
            string copy = copies.Combine($"{i}");
            DirectoryCopy.Make(setup.Test.Root, copy);
            await using (CollectionCatalog catalog = await CollectionCatalog.OpenAsync(copy, GenerationSetup.Options(setup.Models)))
            {
                if (IsRefused(catalog.Get("points"), setup, context))
                {
                    refusals++;
                    Assert.True(report.Findings.Any(finding => finding.Loss is null), $"check does not explain the refusal: {context}");
                }
            }

            Directory.Delete(copy, recursive: true);
            File.WriteAllBytes(file, good);
        }

        Assert.True(refusals > flips / 4, $"only {refusals} of {flips} were noticed; {TestSeed.Describe}");
        await setup.Test.ReopenAsync();
        Assert.False(IsRefused(setup.Points, setup, "whole files"));
    }

    private static async Task FillAsync(GenerationSetup setup)
    {
        RebuildTarget isSealed = new() { Model = setup.Model[2].Model, Question = NumberedModel.TheQuestion, Index = IndexKind.Sealed };
        await setup.Points.RebuildAsync(new RebuildRequest
        {
            Target = isSealed, Gate = (_, _) => Task.FromResult(new GateDecision(GateVerdict.Promote, "good", Report)),
        });
        await setup.Points.RebuildAsync(setup.Model[3].Request((_, _) => Task.FromResult(new GateDecision(GateVerdict.Refuse, "worse", Report))));
        await setup.Points.UpsertAsync(NumberedModel.Texts(60, 30));
        await setup.Points.SnapshotAsync();
        await setup.Points.UpsertAsync(NumberedModel.Texts(90, 31));
        await setup.Points.DeleteAsync(TestCatalog.Ids(120));
    }

    /// <summary>Refused whole, or by the call that meets the damage, naming the file; anything else must be right.</summary>
    private static bool IsRefused(Collection opened, GenerationSetup setup, string context)
    {
        if (opened.Status.State == CollectionState.Damaged) return true;
        try
        {
            Assert.Equal([GenerationState.Refused, GenerationState.Serving, GenerationState.Retained], opened.Generations.Select(one => one.State));
            GenerationSetup.CheckTexts(opened, 2, setup.Model[2], Points);
            GenerationSetup.CheckTexts(opened, 1, setup.Model[1], Points);
            Assert.Equal(Points, opened.Count);
            Assert.Equal(Report, opened.ReadDocument(2, "report"));
            Assert.Equal(Report, opened.ReadDocument(3, "report"));
            return false;
        }
        catch (VectorSearchException refused)
        {
            Assert.True(refused.Code == ErrorCode.Damaged, $"{context}: {refused}");
            Assert.Contains(opened.Name, refused.Message, StringComparison.Ordinal);
            return true;
        }
    }
}
