namespace VectorSearch.Index.Sealed;

/// <summary>The slots of sealed rows: any numbers below <see cref="SealedOptions.MaxSlots"/>, each once.</summary>
internal static class SealedSlots
{
    /// <summary>One above the greatest.</summary>
    public static int Bound(ReadOnlySpan<int> slots)
    {
        var bound = 0;
        foreach (var slot in slots) bound = Math.Max(bound, slot + 1);
        return bound;
    }

    /// <summary>What is wrong with the slots of so many rows, or null.</summary>
    public static string? FindFault(ReadOnlySpan<int> slots, int rows)
    {
        if (slots.Length != rows) return $"There are {slots.Length} slots; expected {rows}, one for each row.";
        foreach (var slot in slots)
            if (slot is < 0 or >= SealedOptions.MaxSlots) return $"A row has slot {slot}; expected 0 to {SealedOptions.MaxSlots - 1}.";
        var seen = new SlotSet(Bound(slots));
        foreach (var slot in slots)
            if (!seen.Add(slot)) return $"Two rows have slot {slot}.";
        return null;
    }
}
