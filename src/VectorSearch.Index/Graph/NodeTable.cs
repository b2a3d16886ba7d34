using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>The state and the level of every slot.</summary>
internal sealed unsafe class NodeTable : IDisposable
{
    // The life of a slot: Free → Stored → Linking → Linked → Removed → Free. Live states are the greatest three, so that
    // liveness is one comparison.

    /// <summary>Empty; no list names it.</summary>
    internal const byte Free = 0;

    /// <summary>Out of every answer; lists may name it until the sweep has passed.</summary>
    internal const byte Removed = 1;

    /// <summary>Removed while a thread was linking it; that thread makes it <see cref="Removed"/>.</summary>
    internal const byte RemovedWhileLinking = 2;

    /// <summary>Has a vector, is in the unlinked tail.</summary>
    internal const byte Stored = 3;

    /// <summary>A thread is linking it; still in the tail.</summary>
    internal const byte Linking = 4;

    /// <summary>In the graph.</summary>
    internal const byte Linked = 5;

    private readonly NativeBuffer _states;
    private readonly NativeBuffer _levels;
    private readonly NativeBuffer _upperBlocks;

    internal NodeTable(int maxSlots)
    {
        MaxSlots = maxSlots;
        _states = new NativeBuffer(maxSlots);
        _levels = new NativeBuffer(maxSlots);
        _upperBlocks = new NativeBuffer((long)maxSlots * sizeof(int));
    }

    /// <summary>Bytes that a slot takes here.</summary>
    internal const int BytesPerSlot = 2 + sizeof(int);

    internal int MaxSlots { get; }

    /// <summary>One state a slot.</summary>
    internal byte* States => _states.Start;

    /// <summary>The level l of each node.</summary>
    internal byte* Levels => _levels.Start;

    /// <summary>First block of a node's lists above level 0, where its level is above 0.</summary>
    internal int* UpperBlocks => (int*)_upperBlocks.Start;

    /// <summary>Whether a slot in this state may be answered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsLive(byte state) => state >= Stored;

    /// <summary>Whether a link may be made to a slot in this state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsLinkable(byte state) => state >= Linking;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte State(int slot) => Volatile.Read(ref States[slot]);

    internal void SetState(int slot, byte state) => Volatile.Write(ref States[slot], state);

    /// <summary>Moves a slot from one state to another; false if it was in neither the first nor moved by us.</summary>
    internal bool TryMove(int slot, byte from, byte to) => Interlocked.CompareExchange(ref States[slot], to, from) == from;

    /// <summary>Makes room for slots below <paramref name="slots"/>. The caller serialises.</summary>
    internal void EnsureSlots(int slots)
    {
        _states.Commit(slots);
        _levels.Commit(slots);
        _upperBlocks.Commit((long)slots * sizeof(int));
    }

    public void Dispose()
    {
        _states.Dispose();
        _levels.Dispose();
        _upperBlocks.Dispose();
    }
}
