using FsCheck;
using FsCheck.Fluent;

namespace VectorSearch.Collections.Tests;

public class CodecTests
{
    private static Gen<string> Texts => ArbMap.Default.GeneratorFor<UnicodeString>().Select(text => text.Get ?? "").Where(IsWhole);

    private static Gen<PayloadValue> Values(int depth) => Gen.OneOf(
        Gen.Constant(PayloadValue.Null),
        ArbMap.Default.GeneratorFor<bool>().Select(PayloadValue.From),
        ArbMap.Default.GeneratorFor<long>().Select(PayloadValue.From),
        ArbMap.Default.GeneratorFor<double>().Select(PayloadValue.From),
        Texts.Select(PayloadValue.From),
        ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => PayloadValue.From((ReadOnlyMemory<byte>)bytes)),
        ArbMap.Default.GeneratorFor<long>().Select(PayloadValue.FromUnixMicroseconds),
        ArbMap.Default.GeneratorFor<(double, double)>().Select(at => PayloadValue.From(new GeoPoint(at.Item1, at.Item2))),
        depth == 0 ? Gen.Constant(PayloadValue.Null) : Values(depth - 1).ListOf().Select(list => PayloadValue.From((IReadOnlyList<PayloadValue>)[.. list])));

    private static Gen<Payload> Payloads =>
        from names in Texts.ArrayOf()
        from values in Values(3).ArrayOf(names.Length)
        select new Payload(names.Zip(values, KeyValuePair.Create).DistinctBy(named => named.Key));

    private static Gen<PointId> Ids => Gen.OneOf(ArbMap.Default.GeneratorFor<ulong>().Select(number => new PointId(number)), Texts.Select(text => new PointId(text)));

    private static Gen<Mutation> Mutations =>
        from count in Gen.Choose(1, 5)
        from dimension in Gen.Choose(1, 9)
        from ids in Ids.ArrayOf(count)
        from vectors in ArbMap.Default.GeneratorFor<float>().ArrayOf(count * dimension)
        from payloads in Payloads.ArrayOf(count)
        from requestId in Texts
        from derived in Derived(count).ArrayOf(2)
        from generations in Gen.Choose(0, 2)
        select new Mutation
        {
            Kind = MutationKind.Upsert,
            RequestId = requestId,
            Space = TestCatalog.Space,
            Ids = ids,
            Vectors = vectors,
            Derived = derived[..generations],
            Attachments = [.. payloads.Select(payload => PointCodec.WriteAttachment(new PointFeatures.Text(requestId), payload))],
        };

    /// <summary>Rows of another generation, some of them missing; or none because it is of the same space.</summary>
    private static Gen<DerivedRows> Derived(int points) =>
        from generation in Gen.Choose(2, 9)
        from dimension in Gen.Choose(0, 5)
        from rows in ArbMap.Default.GeneratorFor<float>().ArrayOf(points * dimension)
        from isCarried in ArbMap.Default.GeneratorFor<bool>().ArrayOf(points)
        select new DerivedRows((ulong)generation, dimension, rows, dimension == 0 ? default : isCarried.Select((carried, i) => carried ? i : -1).ToArray());

    private static bool IsWhole(string text) => text.EnumerateRunes().All(rune => rune.Value != 0xFFFD);

    [Fact]
    public void A_payload_reads_back() => Prop.ForAll(Payloads.ToArbitrary(), payload =>
        PointCodec.ReadAttachment(PointCodec.WriteAttachment(null, payload)).Payload.Equals(payload)).QuickCheckThrowOnFailure();

    [Fact]
    public void Features_read_back()
    {
        PointFeatures[] all =
        [
            new PointFeatures.History(["a", "ü"], [1, 2.5f]),
            new PointFeatures.Sparse(["x"], []),
            new PointFeatures.Text("hello"),
            new PointFeatures.Media(new byte[] { 1, 2, 3 }, "audio/wav"),
        ];
        foreach (PointFeatures features in all)
        {
            byte[] bytes = PointCodec.WriteAttachment(features, null);
            PointFeatures read = PointCodec.ReadAttachment(bytes).Features!;
            Assert.Equal(features.GetType(), read.GetType());
            Assert.Equal(bytes, PointCodec.WriteAttachment(read, null));
        }
    }

    [Fact]
    public void A_record_reads_back() => Prop.ForAll(Mutations.ToArbitrary(), mutation =>
    {
        byte[] bytes = mutation.ToBytes();
        Mutation read = Mutation.Parse((byte)mutation.RecordKind, Mutation.EndsRequestFlag, 1, bytes);
        return read.Ids.SequenceEqual(mutation.Ids) && read.ToBytes().AsSpan().SequenceEqual(bytes) && read.RequestId == mutation.RequestId;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_that_are_no_record_are_refused_and_nothing_large_is_allocated() => Prop.ForAll(
        Mutations.ToArbitrary(), ArbMap.Default.ArbFor<(PositiveInt At, byte Value)[]>(), (mutation, changes) =>
        {
            byte[] bytes = mutation.ToBytes();
            foreach ((PositiveInt at, byte value) in changes) bytes[at.Get % bytes.Length] = value;
            long before = GC.GetAllocatedBytesForCurrentThread();
            Exception? fault = Record.Exception(() => Mutation.Parse((byte)mutation.RecordKind, 0, 1, bytes));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return fault is null or InvalidDataException && allocated < 100_000 + (64 * bytes.Length);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_edit_distance_is_a_metric() => Prop.ForAll<NonNull<string>, NonNull<string>>((x, y) =>
    {
        int distance = NearNames.EditDistance(x.Get, y.Get);
        return distance == NearNames.EditDistance(y.Get, x.Get) && (distance == 0) == (x.Get == y.Get) && distance <= Math.Max(x.Get.Length, y.Get.Length);
    }).QuickCheckThrowOnFailure();
}
