using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Reads what <see cref="LayeredWriter"/> wrote. Takes nothing on trust: counts are bounded before memory is taken, memory
/// grows with the rows that have really come, and every slot and vector is judged.
/// </summary>
internal sealed class LayeredReader
{
    private const int RowsAtATime = 1024;
    private const int RowsAChunk = 16;
    private const int WordBits = 64;

    private readonly BlockReader _reader;
    private readonly SealedIndex _rows;
    private readonly int _threads;

    private LayeredReader(Stream stream, SealedIndex rows, int threads) => (_reader, _rows, _threads) = (new BlockReader(stream), rows, threads);

    internal static LayeredIndex Read(Stream stream, SealedIndex rows, int threads)
    {
        LayeredReader reader = new(stream, rows, threads);
        var header = reader.ReadHeader();
        Layer layer = new(rows);
        try
        {
            layer.Changes.Places.Cover(header.SlotBound);
            reader.ReadRemoved(layer, header.Removed);
            reader.ReadAdded(layer, header);
            reader.ReadEnd();
            return new LayeredIndex(layer, header.SlotBound);
        }
        catch
        {
            layer.Changes.Dispose();
            throw;
        }
    }

    private Header ReadHeader()
    {
        if (_reader.ReadInt64() is var magic && magic != LayeredWriter.Magic) throw Fault($"the first bytes are {magic:x16}; expected {LayeredWriter.Magic:x16}.");
        Expect("the format is version", _reader.ReadInt32(), LayeredWriter.Version);
        Expect("the dimension is", _reader.ReadInt32(), _rows.Dimension);
        Expect("the metric is", _reader.ReadInt32(), (int)_rows.Metric);
        var digest = new byte[Convert.FromHexString(_rows.Digest).Length];
        _reader.Read(digest);
        if (Convert.ToHexStringLower(digest) is var came && came != _rows.Digest)
            throw Fault($"these are changes of sealed rows with digest {came}; expected {_rows.Digest}.");
        Expect("the sealed rows are", _reader.ReadInt32(), _rows.Count);
        Header header = new(
            Bounded("removed rows", _rows.Count), Bounded("added rows", GrowingRows.MaxCount), Bounded("slots", SealedOptions.MaxSlots));
        if (header.SlotBound < _rows.SlotBound) throw Fault($"there are {header.SlotBound} slots; expected at least {_rows.SlotBound}, as the sealed rows have.");
        _reader.EndBlock("header");
        return header;
    }

    private void ReadRemoved(Layer layer, int removed)
    {
        if (removed == 0) return;
        var left = removed;
        for (var first = 0; first < _rows.Count; first += WordBits)
        {
            var all = LayeredWriter.WordMask(_rows.Count - first);
            var live = (ulong)_reader.ReadInt64();
            if ((live & ~all) != 0) throw Fault($"there is a bit beyond the {_rows.Count} sealed rows.");
            for (var gone = all & ~live; gone != 0; gone &= gone - 1)
            {
                layer.Changes.Remove(layer.Changes.SlotOf(first + System.Numerics.BitOperations.TrailingZeroCount(gone)));
                left--;
            }
        }

        if (left != 0) throw Fault($"{removed - left} sealed rows are removed; expected {removed}.");
        _reader.EndBlock("removed rows");
    }

    private void ReadAdded(Layer layer, Header header)
    {
        if (header.Added == 0) return;
        var batch = new float[Math.Min(header.Added, RowsAtATime) * (long)_rows.Dimension];
        var numbers = new int[Math.Min(header.Added, RowsAtATime)];
        for (var done = 0; done < header.Added; done += numbers.Length)
        {
            var count = Math.Min(numbers.Length, header.Added - done);
            for (var i = 0; i < count; i++)
            {
                var slot = _reader.ReadInt32();
                if ((uint)slot >= (uint)header.SlotBound) throw Fault($"an added row has slot {slot}; expected 0 to {header.SlotBound - 1}.");
                if (layer.Changes.Places[slot] is var place && place != SlotPlaces.None && (place >= _rows.Count || layer.Changes.Contains(slot)))
                    throw Fault($"slot {slot} has two rows.");
                var row = batch.AsSpan(i * _rows.Dimension, _rows.Dimension);
                _reader.ReadFloats(row);
                if (VectorGuard.FindFaultOfKept(row, _rows.Dimension, _rows.Metric) is { } fault) throw Fault($"the row of slot {slot}: {fault}");
                numbers[i] = layer.Changes.Take(slot);
                layer.Changes.Places.Set(slot, _rows.Count + numbers[i]);
            }

            DeterministicParallel.For(count, RowsAChunk, _threads, (start, end) =>
            {
                for (var i = start; i < end; i++) layer.Changes.Put(numbers[i], batch.AsSpan(i * _rows.Dimension, _rows.Dimension), kept: true);
            });
        }

        _reader.EndBlock("added rows");
    }

    private void ReadEnd()
    {
        if (_reader.ReadInt64() is var mark && mark != LayeredWriter.EndMark) throw Fault($"the last bytes are {mark:x16}; expected {LayeredWriter.EndMark:x16}.");
        _reader.EndBlock("end");
    }

    private int Bounded(string name, int greatest) =>
        _reader.ReadInt32() is var value && value >= 0 && value <= greatest ? value : throw Fault($"there are {value} {name}; expected 0 to {greatest}.");

    private void Expect(string what, int value, int expected)
    {
        if (value != expected) throw Fault($"{what} {value}; expected {expected}.");
    }

    private IndexFormatException Fault(string problem) => new(_reader.Offset, problem);

    private readonly record struct Header(int Removed, int Added, int SlotBound);
}
