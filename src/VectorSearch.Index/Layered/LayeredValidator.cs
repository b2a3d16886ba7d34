namespace VectorSearch.Index;

/// <summary>
/// Checks what a layer and the slots of its index promise: every live row has one slot and the slot leads back to it; every
/// added row is in one chain; counts agree; a free slot holds nothing. Writers are kept out.
/// </summary>
internal sealed class LayeredValidator
{
    private readonly Layer _layer;
    private readonly List<string> _faults = [];
    private int _faultCount;

    private LayeredValidator(Layer layer) => _layer = layer;

    public static LayeredReport Run(Layer layer, int slotBound, IEnumerable<int> free)
    {
        var check = new LayeredValidator(layer);
        check.CheckSealed();
        check.CheckPlaces(slotBound);
        var unreachable = check.CheckAdded();
        check.CheckFree(slotBound, free);
        return new LayeredReport { Live = layer.Changes.LiveCount, UnreachableCount = unreachable, FaultCount = check._faultCount, Faults = check._faults };
    }

    private void CheckSealed()
    {
        var audit = _layer.Rows.Audit;
        Require(audit.IsSound, () => $"The sealed rows are not sound: {audit}.");
    }

    private void CheckPlaces(int slotBound)
    {
        var changes = _layer.Changes;
        var live = 0;
        for (var place = 0; place < changes.PlaceCount; place++)
        {
            if (!changes.Live.Contains(place)) continue;
            live++;
            var (slot, at) = (changes.SlotOf(place), place);
            Require((uint)slot < (uint)slotBound, () => $"Place {at} has slot {slot}; all slots are below {slotBound}.");
            Require(changes.Places[slot] == place, () => $"Slot {slot} of place {at} leads to place {changes.Places[slot]}.");
        }

        Require(live == changes.LiveCount, () => $"{live} rows are live; {changes.LiveCount} are counted.");
    }

    private int CheckAdded()
    {
        var (added, changes) = (_layer.Changes.Added, _layer.Changes);
        var met = new bool[added.Count];
        try
        {
            foreach (var number in added.Listed())
            {
                if ((uint)number >= (uint)met.Length) Require(false, () => $"A chain names added row {number} of {met.Length}.");
                else if (met[number]) Require(false, () => $"Added row {number} is in two places.");
                else met[number] = true;
            }
        }
        catch (InvalidDataException broken)
        {
            Require(false, () => broken.Message);
        }

        var unreachable = 0;
        for (var number = 0; number < met.Length; number++)
        {
            if (!changes.Live.Contains(_layer.Rows.Count + number)) continue;
            var row = number;
            if (!met[number]) unreachable++;
            Require(met[number], () => $"Added row {row} is live and in no list.");
            Require(VectorGuard.FindFault(added[number], _layer.Rows.Dimension, _layer.Rows.Metric) is null, () => $"Added row {row} is no vector of the space.");
        }

        return unreachable;
    }

    private void CheckFree(int slotBound, IEnumerable<int> free)
    {
        var seen = new SlotSet(slotBound);
        foreach (var slot in free)
        {
            Require((uint)slot < (uint)slotBound, () => $"Free slot {slot} is not below {slotBound}.");
            Require(slot < 0 || seen.Add(slot), () => $"Slot {slot} is free twice.");
            Require(!_layer.Changes.Contains(slot), () => $"Slot {slot} is free and holds a vector.");
        }
    }

    private void Require(bool holds, Func<string> fault)
    {
        if (holds) return;
        _faultCount++;
        if (_faults.Count < LayeredReport.MaxListedFaults) _faults.Add(fault());
    }
}
