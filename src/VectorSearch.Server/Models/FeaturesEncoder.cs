using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Learn;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Models;

/// <summary>A learned encoder as the encoder of a collection: text, WAV or PNG bytes, numbers or ids become a vector exactly as in training.</summary>
internal sealed class FeaturesEncoder(string digest, LearnedEncoder encoder) : IFeatureEncoder
{
    /// <inheritdoc/>
    public string Model => digest;

    /// <inheritdoc/>
    public string Question => StoredModel.FeaturesQuestion;

    /// <inheritdoc/>
    public SpaceId Space => encoder.Space;

    /// <inheritdoc/>
    public int Dimension => encoder.Dimension;

    /// <inheritdoc/>
    public Metric Metric => encoder.Metric;

    /// <inheritdoc/>
    public void Encode(PointFeatures features, Span<float> vector)
    {
        try
        {
            EncodeKnown(features, vector);
        }
        catch (DataFormatException fault)
        {
            throw new VectorSearchException(ErrorCode.InvalidArgument, $"features.media: {fault.Message}");
        }
    }

    private void EncodeKnown(PointFeatures features, Span<float> vector)
    {
        switch (encoder, features)
        {
            case (TextClassifier texts, PointFeatures.Text text):
                RequireKnown(texts.Encode(text.Content, vector), "features.text", text.Content);
                break;
            case (RegressionModel ads, PointFeatures.Text text):
                RequireKnown(ads.Encode(text.Content, vector), "features.text", text.Content);
                break;
            case (WordVectors words, PointFeatures.Text text):
                RequireKnown(words.Encode(text.Content, vector), "features.text", text.Content);
                break;
            case (AudioEncoder sound, PointFeatures.Media media):
                sound.Encode(media.Data.Span, "the clip", vector);
                break;
            case (BitmapClassifier bitmaps, PointFeatures.Media media):
                EncodeBitmap(bitmaps, PngReader.Read(media.Data.Span, "the picture"), vector);
                break;
            case (DenseEncoder dense, PointFeatures.Sparse row):
                dense.Encode(RowOf(dense.Columns, row), vector);
                break;
            case (JointEncoder joint, _):
                EncodeJoint(joint, features, vector);
                break;
            default:
                throw Other(features, encoder switch { TextClassifier or RegressionModel or WordVectors => "text", DenseEncoder => "sparse", AudioEncoder => "media of audio/wav", _ => "media of image/png" });
        }
    }

    private void EncodeJoint(JointEncoder joint, PointFeatures features, Span<float> vector)
    {
        bool Has(JointKind kind) => joint.Columns.Any(column => column.Kind == kind);
        switch (features)
        {
            case PointFeatures.Text text when Has(JointKind.Text):
                RequireKnown(joint.EncodeText(text.Content, vector), "features.text", text.Content);
                break;
            case PointFeatures.History ids when Has(JointKind.Id):
                RequireKnown(joint.EncodeIds(ids.Items, vector), "features.history.items", string.Join(", ", ids.Items.Take(3)));
                break;
            case PointFeatures.Media media when Has(JointKind.Image) && media.ContentType.StartsWith("image/", StringComparison.OrdinalIgnoreCase):
                joint.EncodeImage(PngReader.Read(media.Data.Span, "the picture"), vector);
                break;
            case PointFeatures.Media media when Has(JointKind.Audio) && media.ContentType.StartsWith("audio/", StringComparison.OrdinalIgnoreCase):
                joint.EncodeAudio(WavReader.Read(media.Data.Span, "the clip"), vector);
                break;
            default:
                throw Other(features, string.Join(" or ", joint.Columns.Select(column => column.Kind).Distinct().Select(kind => kind switch
                {
                    JointKind.Text => "text", JointKind.Image => "media of image/png", JointKind.Audio => "media of audio/wav", _ => "history",
                })));
        }
    }

    private static void EncodeBitmap(BitmapClassifier bitmaps, PixelImage image, Span<float> vector)
    {
        if (image.Width != bitmaps.ImageWidth || image.Height != bitmaps.ImageHeight)
            throw new VectorSearchException(ErrorCode.InvalidArgument, "features.media", $"a picture of {image.Size}", $"{bitmaps.ImageWidth} × {bitmaps.ImageHeight}, as the model was trained on");
        RequireKnown(bitmaps.Encode(image, vector), "features.media", "a picture without ink");
    }

    /// <summary>The columns of a table in their order, each exactly once.</summary>
    private static float[] RowOf(IReadOnlyList<string> columns, PointFeatures.Sparse row)
    {
        Dictionary<string, float> values = new(StringComparer.Ordinal);
        for (int n = 0; n < row.Names.Count; n++)
        {
            float value = row.Values.Count == 0 ? 1 : row.Values[n];
            string field = string.Create(CultureInfo.InvariantCulture, $"features.sparse.values[{n}]");
            if (!float.IsFinite(value)) throw new VectorSearchException(ErrorCode.InvalidArgument, field, value.ToString("R", CultureInfo.InvariantCulture), "a finite number");
            if (!values.TryAdd(row.Names[n], value)) throw new VectorSearchException(ErrorCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"features.sparse.names[{n}]"), $"'{row.Names[n]}' a second time", "each column once");
        }

        string[] missing = [.. columns.Where(column => !values.ContainsKey(column))], unknown = [.. values.Keys.Except(columns)];
        if (missing.Length + unknown.Length > 0)
        {
            string came = missing.Length > 0 ? $"'{missing[0]}' is missing" : $"'{unknown[0]}', which the model does not know";
            throw new VectorSearchException(ErrorCode.InvalidArgument, "features.sparse.names", came, $"the {columns.Count} columns that the model was trained on");
        }

        return [.. columns.Select(column => values[column])];
    }

    private static void RequireKnown(bool known, string field, string came)
    {
        const int Shown = 60;
        if (!known) throw new VectorSearchException(ErrorCode.InvalidArgument, field, came.Length <= Shown ? $"'{came}'" : $"'{came[..Shown]}…'", "something of which at least a part was seen in training");
    }

    private VectorSearchException Other(PointFeatures features, string expected)
    {
        string came = features is PointFeatures.Media media ? $"media of {media.ContentType}" : features.GetType().Name.ToLowerInvariant();
        return new VectorSearchException(ErrorCode.InvalidArgument, "features", came, $"{expected}, which is what model {digest} encodes");
    }
}
