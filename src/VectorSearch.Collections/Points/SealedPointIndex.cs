using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// The sealed form: rows sealed when the generation was built, in a file of its own that never changes, and what came and
/// went since, in the snapshots. The file is written beside whatever comes after the build; the first snapshot waits for it. After a start the file is mapped, each block checked before its first use, and copied into
/// memory while queries are answered.
/// </summary>
internal sealed class SealedPointIndex : PointIndex
{
    /// <summary>Answers up to which the recall that the build measured for ten of them is taken over.</summary>
    private const int MostKnown = 16;

    private readonly LayeredIndex _index;
    private readonly string _file;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _writing;
    private readonly Task _moving;

    private SealedPointIndex(LayeredIndex index, string file, Task writing)
    {
        _index = index;
        _file = file;
        _writing = writing;
        _moving = index.Sealed.IsVerified ? Task.CompletedTask : BackgroundThread.Run(Move);
    }

    public override int Dimension => _index.Dimension;

    public override Metric Metric => _index.Metric;

    public override int Count => _index.Count;

    public override int SlotCount => _index.SlotCount;

    public override bool Links => false;

    public override IndexCounts Counts
    {
        get
        {
            LayeredStatistics counts = _index.GetStatistics();
            return new IndexCounts(0, counts.Reusable, 0, counts.SealedBytes + counts.ChangeBytes, 0, 0);
        }
    }

    /// <summary>Seals rows: row i gets slot i. The file is on its way to the disk when this returns; <see cref="Save"/> waits for it.</summary>
    /// <param name="rows">Belong to the index from here on.</param>
    /// <param name="definition">Metric and seed.</param>
    /// <param name="threads">Most threads.</param>
    /// <param name="path">Where the sealed rows are kept.</param>
    /// <param name="disk">Writes.</param>
    /// <param name="progress">Told of the share that is done.</param>
    /// <param name="cancellation">Ends the build.</param>
    public static SealedPointIndex Build(
        RowMatrix<float> rows, CollectionDefinition definition, int threads, string path, FileDurability disk, IProgress<SealedProgress>? progress,
        CancellationToken cancellation)
    {
        SealedOptions options = new() { Metric = definition.Metric, Threads = threads, Seed = definition.Seed };
        SealedIndex built = SealedBuilder.Build(rows, options, progress, cancellation);
        return new SealedPointIndex(new LayeredIndex(built), path, BackgroundThread.Run(() => Write(built, path, disk)));
    }

    /// <summary>An index whose rows are all yet to come: nothing is sealed, and there is no file.</summary>
    public static SealedPointIndex Empty(CollectionDefinition definition) => new(LayeredIndex.Empty(definition.Dimension, definition.Metric), "", Task.CompletedTask);

    /// <summary>Opens the sealed rows, if there are any, with the changes that a snapshot holds.</summary>
    /// <exception cref="StorageException">The file of the sealed rows is missing or damaged.</exception>
    /// <exception cref="IndexFormatException">The changes are damaged, or those of other rows.</exception>
    public static SealedPointIndex Open(string path, Stream changes, CollectionDefinition definition)
    {
        SealedIndex rows = File.Exists(path) ? Map(path) : SealedBuilder.Build(
            new RowMatrix<float>(0, definition.Dimension), new SealedOptions { Metric = definition.Metric });
        try
        {
            return new SealedPointIndex(LayeredIndex.Load(changes, rows), path, Task.CompletedTask);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Checks every block of a file of sealed rows.</summary>
    /// <exception cref="StorageException">The first thing that is wrong.</exception>
    public static void Verify(string path)
    {
        using SealedIndex rows = Map(path);
        try
        {
            rows.Verify();
        }
        catch (IndexFormatException e)
        {
            throw Damaged(path, e);
        }
    }

    public override int Store(ReadOnlySpan<float> vector) => _index.Add(vector);

    public override void Link(int slot)
    {
        // A point is in its list as soon as it is stored.
    }

    public override bool Remove(int slot) => _index.Remove(slot);

    public override bool Contains(int slot) => _index.Contains(slot);

    public override bool ReadVector(int slot, Span<float> vector)
    {
        try
        {
            return _index.ReadVector(slot, vector);
        }
        catch (IndexFormatException e)
        {
            throw Damaged(_file, e);
        }
    }

    public override SlotLease LeaseSlots() => _index.LeaseSlots();

    public override SearchOutcome Search(ReadOnlySpan<float> query, in SearchRequest request, Span<Neighbor> hits)
    {
        SealedRequest asked = new(request.K)
        {
            Effort = request.Ef,
            Exact = request.Exact,
            Filter = request.Filter,
            CancellationToken = request.CancellationToken,
        };
        try
        {
            return _index.Search(query, asked, hits);
        }
        catch (IndexFormatException e)
        {
            throw Damaged(_file, e);
        }
    }

    /// <summary>There is no beam: without a recall to reach, the effort that the build chose.</summary>
    public override int EffortOf(int ef) => 0;

    public override IEnumerable<int> Efforts(int limit) => Enumerable.Range(1, _index.Sealed.Efforts.Count);

    public override IReadOnlyList<(int Ef, double Recall)>? KnownRecalls(int limit) => limit > MostKnown || _index.Sealed.Count == 0
        ? null
        : [.. _index.Sealed.Efforts.Select((level, i) => (i + 1, (double)level.Assured))];

    public override int Reconnect() => 0;

    public override int Repair() => 0;

    public override GenerationAudit Audit()
    {
        LayeredReport report = _index.Validate();
        return new GenerationAudit(_index.Count, report.FaultCount, report.Faults, report.UnreachableCount, report.ToString());
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">The disk refused the file of the sealed rows.</exception>
    public override void Save(Stream stream)
    {
        // What is saved says what became of the sealed rows: they come first.
        _writing.GetAwaiter().GetResult();
        _index.Save(stream);
    }

    protected override void Dispose(bool disposing)
    {
        _stopping.Cancel();
        Task.WaitAny(_writing); // throws nothing: whoever needed the file was told by Save
        _moving.Wait();
        _index.Dispose();
        _stopping.Dispose();
    }

    private static void Write(SealedIndex rows, string path, FileDurability disk)
    {
        using AsideStream file = new(path, disk);
        rows.Save(file);
        file.Complete();
    }

    private static SealedIndex Map(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return SealedIndex.Map(file);
        }
        catch (IndexFormatException e)
        {
            throw Damaged(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(StorageFailure.Refused, path, -1, "opening it to succeed", e.Message, e);
        }
    }

    private static StorageException Damaged(string path, IndexFormatException fault) =>
        new(StorageFailure.Damaged, path, fault.Offset, "sealed rows as they were written", fault.Message, fault);

    private void Move()
    {
        try
        {
            _index.Sealed.MoveToMemory(cancel: _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return; // closing
        }
        catch (IndexFormatException)
        {
            return; // every query that meets the damaged block is told, and the others are answered from the file
        }
    }
}
