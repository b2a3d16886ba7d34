namespace VectorSearch.Collections;

/// <summary>
/// The values of one payload field by slot, and for each value the slots that have it: the index of a field. Made when a
/// filter first names the field, kept up to date by the applier from then on. Guarded by the lock of its owner.
/// </summary>
internal sealed class FieldColumn
{
    private readonly Dictionary<PayloadValue, HashSet<int>> _slotsByValue = [];
    private PayloadValue?[] _values = [];
    private bool[] _isSet = [];

    /// <summary>Bytes of memory held; estimated.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>The field's value in a slot; null if it has none.</summary>
    public PayloadValue? this[int slot] => slot < _values.Length ? _values[slot] : null;

    /// <summary>Takes the value of a new occupant of the slot.</summary>
    public void Set(int slot, PayloadValue? value)
    {
        if (slot >= _values.Length)
        {
            int length = Math.Max(slot + 1, Math.Max(1024, _values.Length * 2));
            Array.Resize(ref _values, length);
            Array.Resize(ref _isSet, length);
        }

        if (_values[slot] is { } old) Each(old, item => Leave(item, slot));
        _values[slot] = value;
        _isSet[slot] = true;
        if (value is { } now) Each(now, item => Enter(item, slot));
    }

    /// <summary>Takes the value that a slot had when the column was made, unless the applier was faster.</summary>
    public void Fill(int slot, PayloadValue? value)
    {
        if (slot >= _isSet.Length || !_isSet[slot]) Set(slot, value);
    }

    /// <summary>Slots that have the value, possibly with some whose points are gone.</summary>
    public IReadOnlyCollection<int> SlotsOf(PayloadValue value) =>
        _slotsByValue.TryGetValue(PayloadOrder.Canonical(value), out HashSet<int>? slots) ? slots : [];

    /// <summary>Calls with the value, or with each item of a list, in canonical form.</summary>
    public static void Each(PayloadValue value, Action<PayloadValue> act)
    {
        if (value.Kind != PayloadKind.List)
        {
            act(PayloadOrder.Canonical(value));
            return;
        }

        foreach (PayloadValue item in value.AsList) Each(item, act);
    }

    private void Enter(PayloadValue value, int slot)
    {
        if (!_slotsByValue.TryGetValue(value, out HashSet<int>? slots)) _slotsByValue[value] = slots = [];
        if (slots.Add(slot)) MemoryBytes += 64;
    }

    private void Leave(PayloadValue value, int slot)
    {
        if (!_slotsByValue.TryGetValue(value, out HashSet<int>? slots)) return;
        if (slots.Remove(slot)) MemoryBytes -= 64;
        if (slots.Count == 0) _slotsByValue.Remove(value);
    }
}
