using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

public sealed class SnapshotTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string FilePath => _directory.Combine("1.snapshot");

    public void Dispose() => _directory.Dispose();

    private void Write(params (string Name, byte[] Bytes)[] sections)
    {
        using SnapshotWriter writer = new(FilePath, StorageSetup.Disk);
        foreach ((string name, byte[] bytes) in sections)
        {
            Stream stream = writer.BeginSection(name);
            foreach (byte[] part in bytes.Chunk(10_000)) stream.Write(part);
        }

        Assert.Equal(new FileInfo(FilePath + ".tmp").Exists, !File.Exists(FilePath));
        writer.Complete();
    }

    private byte[] Read(string section)
    {
        using SnapshotReader reader = SnapshotReader.Open(FilePath, StorageSetup.Disk);
        using MemoryStream copy = new();
        reader.OpenSection(section).CopyTo(copy);
        return copy.ToArray();
    }

    private StorageException? FirstFault()
    {
        try
        {
            using SnapshotReader reader = SnapshotReader.Open(FilePath, StorageSetup.Disk);
            return reader.Verify().FirstOrDefault();
        }
        catch (StorageException fault)
        {
            return fault;
        }
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        TestSeed.Random(length).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void Sections_read_back_whatever_their_lengths() =>
        Prop.ForAll(Gen.Choose(0, 200_000).ArrayOf(3).ToArbitrary(), lengths =>
        {
            File.Delete(FilePath);
            Write([.. lengths.Select((length, i) => ($"section{i}", Noise(length)))]);
            return lengths.Index().All(pair => Read($"section{pair.Index}").AsSpan().SequenceEqual(Noise(pair.Item)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    [Fact]
    public void A_record_can_be_read_at_its_offset()
    {
        Write(("a", Noise(100_000)), ("b", Noise(100_000)));
        using SnapshotReader reader = SnapshotReader.Open(FilePath, StorageSetup.Disk);
        byte[] part = new byte[1000];
        reader.ReadAt("b", 70_000, part);
        Assert.Equal(Noise(100_000)[70_000..71_000], part);
        Assert.Throws<StorageException>(() => reader.ReadAt("b", 99_500, part));
        Assert.Throws<StorageException>(() => reader.ReadAt("c", 0, part));
    }

    [Fact]
    public void An_unfinished_snapshot_leaves_nothing()
    {
        using (SnapshotWriter writer = new(FilePath, StorageSetup.Disk)) writer.BeginSection("a").Write(Noise(200_000));
        Assert.Empty(Directory.EnumerateFiles(_directory.Path));
    }

    [Fact]
    public void A_flipped_bit_is_found_when_the_block_is_read_or_at_once()
    {
        Write(("a", Noise(150_000)), ("b", Noise(10)));
        byte[] good = File.ReadAllBytes(FilePath);
        Random random = TestSeed.Random(9);
        for (int i = 0; i < TestScale.Pick(200, 2000); i++)
        {
            byte[] bad = [.. good];
            int at = i < 100 ? bad.Length - 1 - i : random.Next(bad.Length);
            bad[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(FilePath, bad);
            Assert.Equal(FilePath, FirstFault()?.File);
        }
    }

    [Fact]
    public void A_snapshot_cut_anywhere_is_refused()
    {
        Write(("a", Noise(70_000)));
        byte[] good = File.ReadAllBytes(FilePath);
        foreach (int length in new[] { 0, 1, 47, 48, 65_536, 100_000, good.Length - 48, good.Length - 1 })
        {
            File.WriteAllBytes(FilePath, good[..length]);
            Assert.Throws<StorageException>(() => SnapshotReader.Open(FilePath, StorageSetup.Disk));
        }
    }

    [Fact]
    public void When_any_operation_fails_the_snapshot_before_it_is_still_there()
    {
        Write(("a", Noise(1000)));
        for (int nth = 1; nth < 12; nth++)
        {
            FailNth fault = new(nth, StorageOperation.Open, StorageOperation.Write, StorageOperation.Flush, StorageOperation.Rename, StorageOperation.Delete);
            try
            {
                using SnapshotWriter writer = new(FilePath, new FileDurability(fault));
                writer.BeginSection("a").Write(Noise(1000));
                writer.Complete();
            }
            catch (StorageException refused)
            {
                Assert.Equal(StorageFailure.Refused, refused.Failure);
            }

            Assert.Equal(Noise(1000), Read("a"));
        }
    }
}
