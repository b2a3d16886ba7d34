using VectorSearch.Collections;
using VectorSearch.Server.Models;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Encoders service.</summary>
internal sealed class EncodersService(CollectionCatalog catalog, ModelStore models)
{
    public Proto.EncodeReply Encode(Proto.EncodeRequest request, CancellationToken cancellation)
    {
        (IFeatureEncoder encoder, ulong generation) = Find(request);
        IReadOnlyList<PointFeatures> rows = FeatureMessages.Read(request.Features ?? new Proto.FeatureRows(), "features");
        if (!CollectionLimits.BatchQueries.Allows(rows.Count)) throw Invalid("features.rows", $"{rows.Count} rows", CollectionLimits.BatchQueries.ToString());
        float[] vectors = new float[rows.Count * encoder.Dimension];
        for (int i = 0; i < rows.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            encoder.Encode(rows[i], vectors.AsSpan(i * encoder.Dimension, encoder.Dimension));
        }

        return new Proto.EncodeReply
        {
            Context = new Proto.ReplyContext { SpaceId = encoder.Space.ToString(), Generation = generation },
            Vectors = Matrices.Write(vectors, encoder.Dimension),
            Model = encoder.Model,
        };
    }

    private (IFeatureEncoder Encoder, ulong Generation) Find(Proto.EncodeRequest request)
    {
        switch (request.EncoderCase)
        {
            case Proto.EncodeRequest.EncoderOneofCase.Collection:
                Collection collection = catalog.Get(request.Collection);
                Contexts.RefuseOtherSpace(collection, request.Context);
                using (GenerationReader serving = collection.Pin())
                {
                    CollectionDefinition definition = serving.Definition;
                    if (definition.Model.Length == 0)
                        throw new VectorSearchException(ErrorCode.FailedPrecondition, "collection", $"'{definition.Name}', which has no model", "a collection whose model makes its vectors");
                    return (Require(definition.Model, definition.Question), serving.Number);
                }

            case Proto.EncodeRequest.EncoderOneofCase.Question:
                return (Require(request.Question.Model, request.Question.Question), 0);
            default:
                throw Invalid("encoder", "nothing", "one of collection, question");
        }
    }

    private IFeatureEncoder Require(string model, string question) => models.Resolve(model, question) ?? throw new VectorSearchException(
        ErrorCode.NotFound, "question.question", $"'{question}'", $"one of {string.Join(", ", models.Get(model).Questions.Keys.Order(StringComparer.Ordinal))}");

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
