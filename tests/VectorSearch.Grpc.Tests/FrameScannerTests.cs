using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Grpc.Tests;

public class FrameScannerTests
{
    [Theory]
    [InlineData(0, 1, 0, 0)] // DATA that ends a request
    [InlineData(0, 0, 5, 0)] // DATA with a message
    [InlineData(0, 0, 0, 10)] // DATA with nothing
    [InlineData(0, 8, 5, 10)] // DATA with padding
    [InlineData(1, 4, 30, 0)] // HEADERS
    [InlineData(2, 0, 5, 10)] // PRIORITY
    [InlineData(3, 0, 4, 100)] // RST_STREAM
    [InlineData(4, 0, 6, 10)] // SETTINGS
    [InlineData(6, 0, 8, 10)] // PING
    [InlineData(8, 0, 4, 1)] // WINDOW_UPDATE
    [InlineData(9, 4, 30, 10)] // CONTINUATION
    [InlineData(200, 0, 9, 10)] // none that HTTP/2 has
    public void A_frame_weighs_what_it_costs(int type, int flags, int length, int weight) =>
        Assert.Equal([weight], Weights([[.. new byte[FrameScanner.PrefaceLength], .. FrameBytes.Frame(type, flags, 1, length)]]));

    [Fact]
    public void Frames_are_found_whatever_pieces_they_come_in() => Prop.ForAll(
        Gen.Choose(0, 12).Zip(Gen.Choose(0, 40)).ListOf().Zip(Gen.Choose(1, 60).NonEmptyListOf()).ToArbitrary(),
        sample =>
        {
            byte[] whole = [.. new byte[FrameScanner.PrefaceLength], .. sample.Item1.SelectMany(frame => FrameBytes.Frame(frame.Item1, 0, 1, frame.Item2))];
            List<byte[]> pieces = [];
            for (int at = 0, i = 0; at < whole.Length; i++)
            {
                int length = Math.Min(sample.Item2[i % sample.Item2.Count], whole.Length - at);
                pieces.Add(whole[at..(at + length)]);
                at += length;
            }

            return Weights(pieces).SequenceEqual(sample.Item1.Select(frame => FrameWeights.Of(frame.Item1, 0, frame.Item2)));
        }).QuickCheckThrowOnFailure();

    private static List<int> Weights(IReadOnlyList<byte[]> pieces)
    {
        FrameScanner scanner = new();
        List<int> weights = [];
        foreach (byte[] piece in pieces)
        {
            for (int at = 0; scanner.TryRead(piece, ref at, out int weight);) weights.Add(weight);
        }

        return weights;
    }
}
