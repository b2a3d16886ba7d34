using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

public class FileTests
{
    private const uint Magic = 0x11223344;

    [Fact]
    public void Crc32C_has_the_published_check_value()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(Crc32C.Compute("123456789"u8), Crc32C.Append(Crc32C.Compute("1234"u8), "56789"u8));
    }

    [Fact]
    public void A_directory_is_held_by_one_at_a_time_and_free_after_the_end()
    {
        using TempDirectory directory = new();
        using (DirectoryLock.Take(directory.Path))
        {
            for (int i = 0; i < 20; i++)
            {
                StorageException held = Assert.Throws<StorageException>(() => DirectoryLock.Take(directory.Path));
                Assert.Equal(StorageFailure.Held, held.Failure);
            }
        }

        using DirectoryLock again = DirectoryLock.Take(directory.Path);
    }

    [Fact]
    public void A_two_slot_file_returns_the_last_body_written()
    {
        using TempDirectory directory = new();
        string path = directory.Combine("slots");
        Prop.ForAll<byte[][]>(bodies =>
        {
            File.Delete(path);
            using (TwoSlotFile file = TwoSlotFile.Create(StorageSetup.Disk, path, Magic, 1, [7]))
            {
                foreach (byte[] body in bodies) file.Write(body);
            }

            using TwoSlotFile again = TwoSlotFile.Open(StorageSetup.Disk, path, Magic, 1, out byte[] last);
            return last.AsSpan().SequenceEqual(bodies.Length > 0 ? bodies[^1] : [7]) && !TwoSlotFile.Verify(path, Magic, 1).Any();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_torn_write_leaves_the_body_before_it_or_the_new_one_whole()
    {
        using TempDirectory directory = new();
        foreach (double share in new[] { 0, 0.001, 0.3, 0.999 })
        {
            string path = directory.Combine($"slots{share}");
            using (TwoSlotFile file = TwoSlotFile.Create(StorageSetup.Disk, path, Magic, 1, [1])) file.Write([2]);
            FailNth fault = new(1, StorageOperation.Write) { TornShare = share };
            using (TwoSlotFile file = TwoSlotFile.Open(new FileDurability(fault), path, Magic, 1, out _))
                Assert.Throws<StorageException>(() => file.Write([3, 3, 3, 3]));
            using TwoSlotFile again = TwoSlotFile.Open(StorageSetup.Disk, path, Magic, 1, out byte[] body);
            Assert.True(body is [2] || (share > 0.01 && body is [3, 3, 3, 3]));
        }
    }

    [Fact]
    public void A_flipped_bit_in_a_two_slot_file_never_yields_a_body_that_was_not_written()
    {
        using TempDirectory directory = new();
        string path = directory.Combine("slots");
        using (TwoSlotFile file = TwoSlotFile.Create(StorageSetup.Disk, path, Magic, 1, [1, 1, 1])) file.Write([2, 2, 2]);
        byte[] good = File.ReadAllBytes(path);
        for (int bit = 0; bit < 40 * 8; bit++)
        {
            foreach (int slot in new[] { 0, TwoSlotFile.SlotBytes })
            {
                byte[] bad = [.. good];
                bad[slot + (bit / 8)] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(path, bad);
                using TwoSlotFile file = TwoSlotFile.Open(StorageSetup.Disk, path, Magic, 1, out byte[] body);
                Assert.True(body is [1, 1, 1] or [2, 2, 2]);
            }
        }
    }

    [Fact]
    public void A_missing_empty_foreign_or_newer_two_slot_file_is_refused_by_name()
    {
        using TempDirectory directory = new();
        string path = directory.Combine("slots");
        Assert.Equal(path, Assert.Throws<StorageException>(Open).File);
        File.WriteAllBytes(path, []);
        Assert.Equal(path, Assert.Throws<StorageException>(Open).File);
        File.WriteAllBytes(path, new byte[2 * TwoSlotFile.SlotBytes]);
        Assert.Equal(path, Assert.Throws<StorageException>(Open).File);
        File.WriteAllText(path, new string('x', 2 * TwoSlotFile.SlotBytes));
        Assert.Equal(0, Assert.Throws<StorageException>(Open).Offset);
        TwoSlotFile.Create(StorageSetup.Disk, path, Magic, 2, [1]).Dispose();
        StorageException newer = Assert.Throws<StorageException>(Open);
        Assert.Equal(StorageFailure.Foreign, newer.Failure);
        Assert.Contains("version 2", newer.Message, StringComparison.Ordinal);

        void Open() => TwoSlotFile.Open(StorageSetup.Disk, path, Magic, 1, out _).Dispose();
    }

    [Fact]
    public void A_checked_file_reads_back_and_every_flipped_bit_is_found()
    {
        using TempDirectory directory = new();
        string path = directory.Combine("checked");
        CheckedFile.Write(StorageSetup.Disk, path, Magic, 1, "hello"u8);
        Assert.Equal("hello"u8.ToArray(), CheckedFile.Read(path, Magic, 1));
        byte[] good = File.ReadAllBytes(path);
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bad);
            Assert.Throws<StorageException>(() => CheckedFile.Read(path, Magic, 1));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("kill")]
    [InlineData("kill:Write")]
    [InlineData("kill:Write:0")]
    [InlineData("hang:Write:1")]
    [InlineData("kill:Wait:1")]
    [InlineData("kill:Write:1:a:b")]
    public void A_fault_of_the_environment_that_is_not_one_is_refused_with_the_form(string text) =>
        Assert.Contains("kill or fail", Assert.Throws<FormatException>(() => EnvironmentFault.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_fault_of_the_environment_fails_some_operations_from_the_nth_on()
    {
        StorageFault fault = EnvironmentFault.Parse("fail:Write:3:wal");
        List<int> failed = [];
        for (int i = 1; i <= 12; i++)
        {
            fault.Before(StorageOperation.Write, "manifest", 1);
            fault.Before(StorageOperation.Flush, "wal.log.0", 1);
            try
            {
                fault.Before(StorageOperation.Write, "wal.log.0", 1);
            }
            catch (IOException)
            {
                failed.Add(i);
            }
        }

        Assert.Equal([3, 4, 5, 6, 7], failed);
    }

    [Fact]
    public void A_manifest_reads_back()
    {
        Prop.ForAll<(ulong Snapshot, ulong Floor), (byte State, uint Turn, long At, int Name)[]>((of, generations) =>
        {
            ManifestGeneration[] all = [.. generations.Take(Manifest.MaxGenerations - 1).Append(default)
                .Select((one, i) => new ManifestGeneration((ulong)i + 1, one.State, one.Turn, one.At, 0.25 * i, one.Name == 0 ? "" : $"{one.Name:x16}.snapshot"))];
            Manifest manifest = new((ulong)all.Length, (ulong)all.Length + 3, of.Snapshot, of.Floor, all);
            return Manifest.Parse(manifest.ToBytes(), "manifest", 4) == manifest;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_manifest_of_version_1_reads_as_one_of_a_single_generation()
    {
        byte[] old = new byte[26 + "a.snapshot".Length];
        BinaryPrimitives.WriteUInt64LittleEndian(old, 1);
        BinaryPrimitives.WriteUInt64LittleEndian(old.AsSpan(8), 70);
        BinaryPrimitives.WriteUInt64LittleEndian(old.AsSpan(16), 80);
        BinaryPrimitives.WriteUInt16LittleEndian(old.AsSpan(24), 10);
        "a.snapshot"u8.CopyTo(old.AsSpan(26));
        Assert.Equal(new Manifest(1, 1, 70, 80, [new ManifestGeneration(1, 4, 1, 0, 0, "a.snapshot")]), Manifest.Parse(old, "manifest", 4));
    }

    [Fact]
    public void Bytes_that_are_no_manifest_are_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        byte[] cut = Manifest.Of(new ManifestGeneration(1, 4, 1, 0, 0, "a.snapshot"), 1, 1).ToBytes();
        foreach (byte[] wrong in new[] { [0, 0, 0, 0, 0, 0, 0, 0, .. bytes], cut[..(bytes.Length % cut.Length)] })
        {
            if (Record.Exception(() => Manifest.Parse(wrong, "manifest", 4)) is not StorageException) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_manifest_never_names_a_file_outside_its_directory() =>
        Assert.Throws<StorageException>(() => Manifest.Parse(Manifest.Of(new ManifestGeneration(1, 4, 1, 0, 0, "../elsewhere"), 1, 1).ToBytes(), "manifest", 4));

    [Fact]
    public void A_log_head_reads_back() =>
        Prop.ForAll<(long Begin, long Floor, ulong Sequence, ulong Base), byte[]>((of, commit) =>
        {
            LogHead head = LogHead.Parse(new LogHead(of.Begin, of.Floor, of.Sequence, of.Base, commit).ToBytes(), "head");
            return (head.BeginAddress, head.FloorAddress, head.FloorSequence, head.BaseSequence) == of && head.Commit.AsSpan().SequenceEqual(commit);
        }).QuickCheckThrowOnFailure();
}
