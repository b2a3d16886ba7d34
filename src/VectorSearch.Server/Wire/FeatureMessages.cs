using System.Globalization;
using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Features as they come in messages, turned into what collections keep and models encode.</summary>
internal static class FeatureMessages
{
    /// <summary>Reads one row of features per point or query.</summary>
    /// <exception cref="VectorSearchException">A row has no kind, or two lists of a row differ in length.</exception>
    public static IReadOnlyList<PointFeatures> Read(Proto.FeatureRows rows, string field)
    {
        PointFeatures[] read = new PointFeatures[rows.Rows.Count];
        for (int i = 0; i < read.Length; i++) read[i] = Read(rows.Rows[i], string.Create(CultureInfo.InvariantCulture, $"{field}.rows[{i}]"));
        return read;
    }

    private static PointFeatures Read(Proto.Features features, string field)
    {
        switch (features.KindCase)
        {
            case Proto.Features.KindOneofCase.History:
                Paired(features.History.Items.Count, features.History.Weights.Count, $"{field}.history.weights", "items");
                return new PointFeatures.History([.. features.History.Items], [.. features.History.Weights]);
            case Proto.Features.KindOneofCase.Sparse:
                Paired(features.Sparse.Names.Count, features.Sparse.Values.Count, $"{field}.sparse.values", "names");
                return new PointFeatures.Sparse([.. features.Sparse.Names], [.. features.Sparse.Values]);
            case Proto.Features.KindOneofCase.Text:
                return new PointFeatures.Text(features.Text);
            case Proto.Features.KindOneofCase.Media:
                return new PointFeatures.Media(features.Media.Data.Memory, features.Media.ContentType);
            default:
                throw new VectorSearchException(ErrorCode.InvalidArgument, field, "features without a kind", "one of history, sparse, text, media");
        }
    }

    private static void Paired(int names, int values, string field, string partner)
    {
        if (values != 0 && values != names)
            throw new VectorSearchException(ErrorCode.InvalidArgument, field, values.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"none, or one for each of the {names} {partner}"));
    }
}
