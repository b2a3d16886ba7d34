using Google.Protobuf;
using VectorSearch.Collections;
using VectorSearch.Storage;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Operations;

/// <summary>
/// Operations on disk, a file each, written when one begins and when it ends: what a restart knows of them, and what it goes
/// on with. A file holds the operation and, after it, the request that began it, if that can be done again.
/// </summary>
/// <param name="directory">Where the files lie; made if it is missing.</param>
/// <param name="faults">Told of a file that is damaged, and of one that could not be written when an operation ended.</param>
internal sealed class OperationJournal(string directory, Action<StorageException> faults)
{
    private const uint Magic = 0x504F5356; // VSOP
    private const ushort Version = 1;
    private const string Extension = ".operation";

    private readonly FileDurability _disk = new(EnvironmentFault.Read());

    /// <summary>Keeps an operation that begins.</summary>
    /// <exception cref="VectorSearchException">The disk refused.</exception>
    public void Begin(Proto.Operation operation, ReadOnlyMemory<byte> request)
    {
        try
        {
            Save(operation, request);
        }
        catch (StorageException fault)
        {
            throw new VectorSearchException(ErrorCode.ReadOnly, $"The operation cannot be begun, because it cannot be kept: {fault.Message}", fault);
        }
    }

    /// <summary>Keeps what became of an operation. Where the disk refuses, a restart will begin it again.</summary>
    public void End(Proto.Operation operation, ReadOnlyMemory<byte> request)
    {
        try
        {
            Save(operation, request);
        }
        catch (StorageException fault)
        {
            faults(fault);
        }
    }

    /// <summary>Forgets an operation. Where the disk refuses, it is remembered longer.</summary>
    public void Forget(string name)
    {
        try
        {
            _disk.Delete(PathOf(name));
        }
        catch (StorageException fault)
        {
            faults(fault);
        }
    }

    /// <summary>All that were kept, the oldest first. A file that is damaged is told and left out: no operation is worth a server that does not start.</summary>
    public IReadOnlyList<(Proto.Operation Operation, ReadOnlyMemory<byte> Request)> Load()
    {
        _disk.CreateDirectory(directory);
        List<(Proto.Operation Operation, ReadOnlyMemory<byte> Request)> kept = [];
        foreach (string file in Directory.EnumerateFiles(directory, "*" + Extension))
        {
            try
            {
                using MemoryStream body = new(CheckedFile.Read(file, Magic, Version));
                Proto.Operation operation = Proto.Operation.Parser.ParseDelimitedFrom(body);
                kept.Add((operation, body.ToArray().AsMemory((int)body.Position)));
            }
            catch (StorageException fault)
            {
                faults(fault);
            }
        }

        return [.. kept.OrderBy(one => one.Operation.StartTime.ToDateTimeOffset()).ThenBy(one => one.Operation.Name, StringComparer.Ordinal)];
    }

    private void Save(Proto.Operation operation, ReadOnlyMemory<byte> request)
    {
        using MemoryStream body = new();
        operation.WriteDelimitedTo(body);
        body.Write(request.Span);
        CheckedFile.Write(_disk, PathOf(operation.Name), Magic, Version, body.ToArray());
    }

    private string PathOf(string name) => Path.Combine(directory, name + Extension);
}
