using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>The manifest in memory and on disk: changed in one place, one change at a time, on disk before it counts.</summary>
internal sealed class ManifestKeeper(TwoSlotFile file, Manifest manifest) : IDisposable
{
    private readonly Lock _changing = new();
    private Manifest _current = manifest;

    public Manifest Current => Volatile.Read(ref _current);

    /// <exception cref="StorageException">Missing, damaged or newer.</exception>
    public static ManifestKeeper Open(CollectionFiles files)
    {
        TwoSlotFile file = TwoSlotFile.Open(files.Disk, files.ManifestPath, Manifest.Magic, Manifest.Version, out byte[] body);
        try
        {
            return new ManifestKeeper(file, Manifest.Parse(body, files.ManifestPath, (byte)GenerationState.Serving));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Changes the manifest; when this returns the change survives a crash.</summary>
    /// <exception cref="StorageException">The disk refused; nothing has changed.</exception>
    public Manifest Change(Func<Manifest, Manifest> change)
    {
        lock (_changing)
        {
            Manifest next = change(_current);
            if (next == _current) return _current;
            file.Write(next.ToBytes());
            Volatile.Write(ref _current, next);
            return next;
        }
    }

    public void Dispose() => file.Dispose();
}
