using Google.Protobuf.Reflection;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>
/// Holds vectorsearch.v1 to what clients in the field were made from: the committed Golden/vectorsearch.v1.txt. What is in it
/// stays; what is new is added to it by UPDATE_GOLDEN=1.
/// </summary>
public sealed class ProtoStabilityTests
{
    private static readonly FileDescriptor[] Files =
    [
        CollectionsReflection.Descriptor, CommonReflection.Descriptor, FiltersReflection.Descriptor, GateReflection.Descriptor, GenerationsReflection.Descriptor,
        ModelsReflection.Descriptor, OperationsReflection.Descriptor, PointsReflection.Descriptor, QueriesReflection.Descriptor,
    ];

    [Fact]
    public void What_clients_depend_on_is_still_there()
    {
        string golden = Path.Combine(Root(), "tests/VectorSearch.Server.Tests/Contract/Golden/vectorsearch.v1.txt");
        IReadOnlyList<string> old = File.ReadAllLines(golden), now = ProtoShape.Of(Files);
        IReadOnlyList<string> broken = ProtoShape.Broken(old, now), added = ProtoShape.Broken(now, old);
        Assert.True(broken.Count == 0, $"Clients in the field break: {string.Join("; ", broken)}. Keep what was there, reserve what must go, or begin v2.");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllLines(golden, now);
        else Assert.True(added.Count == 0, $"New: {string.Join("; ", added)}. Run this test with UPDATE_GOLDEN=1, so that it is held from now on.");
    }

    [Fact]
    public void Every_proto_is_looked_at() =>
        Assert.Equal(Files.Select(file => Path.GetFileName(file.Name)).Order(), Protos().Select(file => Path.GetFileName(file)).Order());

    [Theory]
    [InlineData("field vectorsearch.v1.QueryRequest 6 limit (limit) uint32", "field vectorsearch.v1.QueryRequest 66 limit (limit) uint32")]
    [InlineData("field vectorsearch.v1.QueryRequest 6 limit (limit) uint32", "field vectorsearch.v1.QueryRequest 6 top (top) uint32")]
    [InlineData("field vectorsearch.v1.QueryRequest 6 limit (limit) uint32", "field vectorsearch.v1.QueryRequest 6 limit (limit) uint64")]
    [InlineData("value vectorsearch.v1.Metric 2 METRIC_COSINE", "")]
    [InlineData("rpc vectorsearch.v1.Points.Count (vectorsearch.v1.CountRequest) (vectorsearch.v1.CountReply)", "rpc vectorsearch.v1.Points.Count (vectorsearch.v1.CountRequest) (stream vectorsearch.v1.CountReply)")]
    public void A_change_that_breaks_clients_is_seen_and_an_addition_is_none(string was, string became)
    {
        IReadOnlyList<string> old = ProtoShape.Of(Files);
        Assert.Contains(was, old);
        string[] changed = [.. old.Select(line => line == was ? became : line), "field vectorsearch.v1.QueryRequest 99 more (more) bool"];
        Assert.Equal([was], ProtoShape.Broken(old, changed));
        Assert.Empty(ProtoShape.Broken(old, [.. old, "field vectorsearch.v1.QueryRequest 99 more (more) bool"]));
    }

    private static string[] Protos() => Directory.GetFiles(Path.Combine(Root(), "protos/vectorsearch/v1"), "*.proto");

    private static string Root()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !Directory.Exists(Path.Combine(root.FullName, "protos"))) root = root.Parent;
        return root!.FullName;
    }
}
