namespace VectorSearch.Collections;

/// <summary>What happens to the payload of a point. The same change twice is the change once.</summary>
public abstract record PayloadChange
{
    private PayloadChange()
    {
    }

    /// <summary>Sets these fields and leaves the others.</summary>
    /// <param name="Fields">The fields.</param>
    public sealed record Set(Payload Fields) : PayloadChange;

    /// <summary>Puts a payload in the place of the whole old one; an empty one clears it.</summary>
    /// <param name="Payload">The new payload.</param>
    public sealed record Replace(Payload Payload) : PayloadChange;

    /// <summary>Removes fields; those that are not there are no error.</summary>
    /// <param name="Names">Names of fields, at least one.</param>
    public sealed record Remove(IReadOnlyList<string> Names) : PayloadChange;

    /// <summary>The payload after the change.</summary>
    internal Payload ApplyTo(Payload old)
    {
        switch (this)
        {
            case Set set:
                Dictionary<string, PayloadValue> fields = new(old.Fields, StringComparer.Ordinal);
                foreach ((string name, PayloadValue value) in set.Fields.Fields) fields[name] = value;
                return new Payload(fields);
            case Remove remove:
                HashSet<string> gone = new(remove.Names, StringComparer.Ordinal);
                return new Payload(old.Fields.Where(field => !gone.Contains(field.Key)));
            default:
                return ((Replace)this).Payload;
        }
    }
}
