namespace VectorSearch.Learn;

/// <summary>Sizes of a generated data set.</summary>
public sealed record PlantedOptions
{
    /// <summary>Films.</summary>
    public int Items { get; init; } = 10_000;

    /// <summary>Users.</summary>
    public int Users { get; init; } = 5_000;

    /// <summary>Watches in all, held-out ones included.</summary>
    public long Watches { get; init; } = 500_000;

    /// <summary>Seed of everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Part of each user's watches that goes to the test file.</summary>
    public double TestFraction { get; init; } = 0.1;

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (Items is < 20 or > 100_000_000) faults.Add($"Items is {Items}: expected 20 to 100000000");
        if (Users is < 1 or > 100_000_000) faults.Add($"Users is {Users}: expected 1 to 100000000");
        if (Watches < 4L * Users) faults.Add($"Watches is {Watches}: expected at least 4 a user, {4L * Users}");
        if (Watches > (long)Users * Items / 8) faults.Add($"Watches is {Watches}: expected at most an eighth of all pairs, {(long)Users * Items / 8}");
        if (TestFraction is not (>= 0 and <= 0.5)) faults.Add($"TestFraction is {TestFraction}: expected 0 to 0.5");
        if (faults.Count > 0) throw new ArgumentException(string.Join("; ", faults) + ".");
    }
}
