using Google.Protobuf.Reflection;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Authorization;

namespace VectorSearch.Server.Tests.Authorization;

public sealed class MethodAccessTests
{
    [Theory]
    [InlineData("Query", CallAccess.Read)]
    [InlineData("Explain", CallAccess.Read)]
    [InlineData("EstimateRecall", CallAccess.Read)]
    [InlineData("Scroll", CallAccess.Read)]
    [InlineData("Facet", CallAccess.Read)]
    [InlineData("Upsert", CallAccess.Write)]
    [InlineData("Delete", CallAccess.Write)]
    [InlineData("UpdatePayload", CallAccess.Write)]
    [InlineData("Ingest", CallAccess.Write)]
    public void Points_are_read_or_written(string method, CallAccess expected) =>
        Assert.Equal(expected, MethodAccess.Of(PointsReflection.Descriptor.Services[0].FindMethodByName(method)));

    [Theory]
    [InlineData("GetCollection", CallAccess.Read)]
    [InlineData("ListAliases", CallAccess.Read)]
    [InlineData("CreateCollection", CallAccess.Admin)]
    [InlineData("UpdateCollection", CallAccess.Admin)]
    [InlineData("UpdateAliases", CallAccess.Admin)]
    [InlineData("SnapshotCollection", CallAccess.Admin)]
    [InlineData("DeleteCollection", CallAccess.Admin)]
    public void Collections_are_read_or_administered(string method, CallAccess expected) =>
        Assert.Equal(expected, MethodAccess.Of(CollectionsReflection.Descriptor.Services[0].FindMethodByName(method)));

    [Fact]
    public void Only_the_standard_services_are_open()
    {
        foreach (ServiceDescriptor service in (ServiceDescriptor[])[PointsReflection.Descriptor.Services[0], CollectionsReflection.Descriptor.Services[0], .. ModelsReflection.Descriptor.Services])
            Assert.All(service.Methods, method => Assert.NotEqual(CallAccess.None, MethodAccess.Of(method)));
    }

    [Fact]
    public void The_collection_is_found_where_a_request_names_it()
    {
        ServiceDescriptor points = PointsReflection.Descriptor.Services[0], collections = CollectionsReflection.Descriptor.Services[0];
        Assert.Equal("films", new CollectionField(points.FindMethodByName("Query")).Of(new QueryRequest { Collection = "films" }));
        Assert.Equal("films", new CollectionField(points.FindMethodByName("Explain")).Of(new ExplainRequest { Query = new QueryRequest { Collection = "films" } }));
        Assert.Equal("films", new CollectionField(points.FindMethodByName("Ingest")).Of(new IngestRequest { Start = new IngestStart { Collection = "films" } }));
        Assert.Equal("films", new CollectionField(collections.FindMethodByName("GetCollection")).Of(new GetCollectionRequest { Name = "films" }));
        Assert.Equal("films", new CollectionField(collections.FindMethodByName("CreateCollection")).Of(new CreateCollectionRequest { Collection = new Collection { Name = "films" } }));
        Assert.Null(new CollectionField(collections.FindMethodByName("UpdateAliases")).Of(new UpdateAliasesRequest()));
        Assert.Null(new CollectionField(points.FindMethodByName("Count")).Of(new CountRequest()));
    }
}
