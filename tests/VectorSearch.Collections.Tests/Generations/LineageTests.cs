namespace VectorSearch.Collections.Tests.Generations;

/// <summary>A table that was built beside writes knows which of its points are not those of the table that it was built from.</summary>
public class LineageTests
{
    private static readonly PointId Id = new(7);
    private readonly CollectionDefinition _definition = TestCatalog.Define("points");

    [Fact]
    public void A_change_of_a_payload_does_not_hide_a_vector_that_was_missed()
    {
        using PointTable source = Table(1), target = Table(2);
        source.Apply(Upsert(version: 1), 1);
        Take(source, target, version: 1);
        source.Apply(Upsert(version: 2), 2); // the target takes no writes yet
        Mark(source, target, lsn: 3);
        Assert.False(target.IsAt(Entry(source)));
        Take(source, target, version: 2);
        Assert.True(target.IsAt(Entry(source)));
        Mark(source, target, lsn: 4);
        Assert.True(target.IsAt(Entry(source)));
    }

    [Fact]
    public void A_change_of_a_payload_does_not_hide_another_that_was_missed()
    {
        using PointTable source = Table(1), target = Table(2);
        source.Apply(Upsert(version: 1), 1);
        Take(source, target, version: 1);
        source.Apply(Change(2), 2);
        for (ulong lsn = 3; lsn < 6; lsn++)
        {
            Mark(source, target, lsn);
            Assert.False(target.IsAt(Entry(source)));
        }

        Take(source, target, version: 1);
        Assert.True(target.IsAt(Entry(source)));
    }

    private static PointEntry Entry(PointTable table) => table.TryGet(Id, out PointEntry entry) ? entry : throw new InvalidOperationException("The point is not there.");

    private static void Take(PointTable source, PointTable target, int version) => target.TakeOver(Entry(source), TestCatalog.Vector(version), Entry(source).Blob);

    private static void Mark(PointTable source, PointTable target, ulong lsn)
    {
        source.Apply(Change(lsn), lsn);
        target.Apply(Change(lsn), lsn);
    }

    private static Mutation Upsert(int version) => new()
    {
        Kind = MutationKind.Upsert,
        Space = TestCatalog.Space,
        Ids = [Id],
        Vectors = TestCatalog.Vector(version),
        Attachments = [PointCodec.WriteAttachment(null, Payload.Empty)],
    };

    private static Mutation Change(ulong mark) => new()
    {
        Kind = MutationKind.Payload,
        Space = default,
        Ids = [Id],
        Change = new PayloadChange.Set(new Payload(new Dictionary<string, PayloadValue> { [$"mark{mark}"] = PayloadValue.From((long)mark) })),
    };

    private PointTable Table(ulong generation) => new(generation, TestCatalog.Space, PointIndexes.Empty(_definition), 0);
}
