using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Index;

/// <summary>
/// A sealed file in the address space of the process. Opening reads and checks header, checksum table, the small parts and
/// the row numbers; codes and rows are left to <see cref="MappedBlocks"/>.
/// </summary>
internal sealed unsafe class MappedSealedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private MappedSealedFile(FileStream file)
    {
        _file = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public static SealedIndex Open(FileStream file)
    {
        if (file.Length < SealedFile.BlockBytes)
            throw new IndexFormatException(file.Length, $"the bytes end here; expected a header of {SealedFile.BlockBytes}.");
        var map = new MappedSealedFile(file);
        try
        {
            return map.Read(file.Length);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private SealedIndex Read(long fileBytes)
    {
        var header = new ReadOnlySpan<byte>(_start, SealedFile.BlockBytes);
        var layout = SealedFile.ReadHeader(header, fileBytes);
        var table = MemoryMarshal.Cast<byte, uint>(new ReadOnlySpan<byte>(_start + layout.TableOffset, layout.TableEntries * sizeof(uint))).ToArray();
        SealedFile.CheckRoot(header, SealedFile.Bytes(table));
        var blocks = new MappedBlocks(_start, table);
        for (var part = 0; part < 2; part++)
            if (layout.Lengths[part] > 0) blocks.Require(layout.Offsets[part], layout.Lengths[part]);
        var metadata = SealedMetadata.Read(new ReadOnlySpan<byte>(_start + layout.Offsets[0], (int)layout.Lengths[0]), layout.Offsets[0]);
        var ids = new ReadOnlySpan<int>(_start + layout.Offsets[1], (int)(layout.Lengths[1] / sizeof(int))).ToArray();
        return metadata.Open(
            ids, layout, _start + layout.Offsets[2], _start + layout.Offsets[3], this, SealedFile.Digest(header, SealedFile.Bytes(table)), blocks);
    }
}
