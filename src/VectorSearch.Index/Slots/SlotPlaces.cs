using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Where the row of each slot lies. Any number of threads read; <see cref="Cover"/> and what is set below it come from one
/// thread at a time or for different slots. Nothing moves while it grows.
/// </summary>
internal sealed unsafe class SlotPlaces : IDisposable
{
    /// <summary>Stands for a slot without a row.</summary>
    public const int None = -1;

    private readonly NativeBuffer _places;
    private int _bound;

    /// <summary>No slots yet, and addresses for so many.</summary>
    public SlotPlaces(int capacity) => _places = new NativeBuffer((long)Math.Max(1, capacity) * sizeof(int), hugePages: false);

    /// <summary>All slots are below.</summary>
    public int Bound => Volatile.Read(ref _bound);

    /// <summary>Bytes held.</summary>
    public long Bytes => (long)Bound * sizeof(int);

    /// <summary>The place of a slot, or <see cref="None"/>.</summary>
    public int this[int slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)slot < (uint)Bound ? Volatile.Read(ref At(slot)) - 1 : None;
    }

    /// <summary>Makes room for the slots below a bound.</summary>
    public void Cover(int bound)
    {
        if (bound <= _bound) return;
        _places.Commit((long)bound * sizeof(int));
        Volatile.Write(ref _bound, bound);
    }

    /// <summary>Notes where a slot's row lies; the slot is below <see cref="Bound"/>.</summary>
    public void Set(int slot, int place) => Volatile.Write(ref At(slot), place + 1);

    public void Dispose() => _places.Dispose();

    // Fresh memory is zero, so places are kept one greater.
    private ref int At(int slot) => ref ((int*)_places.Start)[slot];
}
