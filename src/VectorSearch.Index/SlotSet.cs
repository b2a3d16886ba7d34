using System.Numerics;

namespace VectorSearch.Index;

/// <summary>A set of slots as a bitmap that knows its size; the form of a filter. Not safe for writing beside readers.</summary>
public sealed class SlotSet
{
    private const int BitsPerWord = 64;

    private ulong[] _words;

    /// <summary>An empty set with room for slots below <paramref name="capacity"/>; it grows on demand.</summary>
    public SlotSet(int capacity = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _words = new ulong[(capacity + (BitsPerWord - 1L)) / BitsPerWord];
    }

    /// <summary>A set of these slots.</summary>
    public SlotSet(IEnumerable<int> slots)
        : this()
    {
        ArgumentNullException.ThrowIfNull(slots);
        foreach (int slot in slots) Add(slot);
    }

    /// <summary>How many slots are in the set.</summary>
    public int Count { get; private set; }

    /// <summary>The bitmap, slot s at bit s % 64 of word s / 64.</summary>
    internal ReadOnlySpan<ulong> Words => _words;

    /// <summary>The array behind <see cref="Words"/>, for pinning.</summary>
    internal ulong[] WordArray => _words;

    /// <summary>Puts a slot in; false if it was there.</summary>
    public bool Add(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        int word = slot / BitsPerWord;
        if (word >= _words.Length) Array.Resize(ref _words, Math.Max(word + 1, _words.Length * 2));
        ulong bit = 1UL << (slot % BitsPerWord);
        if ((_words[word] & bit) != 0) return false;
        _words[word] |= bit;
        Count++;
        return true;
    }

    /// <summary>Takes a slot out; false if it was not there.</summary>
    public bool Remove(int slot)
    {
        if (!Contains(slot)) return false;
        _words[slot / BitsPerWord] &= ~(1UL << (slot % BitsPerWord));
        Count--;
        return true;
    }

    /// <summary>Whether a slot is in the set.</summary>
    public bool Contains(int slot) =>
        slot >= 0 && slot / BitsPerWord < _words.Length && (_words[slot / BitsPerWord] & (1UL << (slot % BitsPerWord))) != 0;

    /// <summary>Empties the set and keeps its room.</summary>
    public void Clear()
    {
        Array.Clear(_words);
        Count = 0;
    }

    /// <summary>The slots in ascending order.</summary>
    public IEnumerable<int> Slots()
    {
        for (int word = 0; word < _words.Length; word++)
        {
            for (ulong rest = _words[word]; rest != 0; rest &= rest - 1)
                yield return (word * BitsPerWord) + BitOperations.TrailingZeroCount(rest);
        }
    }
}
