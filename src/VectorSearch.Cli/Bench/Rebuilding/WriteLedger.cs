namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>
/// What each written point must be in the end: the version of its last acknowledged write. A point has one write under way at
/// a time; one whose write failed may be either, until it is read.
/// </summary>
internal sealed class WriteLedger(int points)
{
    private readonly Lock _lock = new();
    private readonly long?[] _versions = new long?[points];
    private readonly bool[] _isBusy = new bool[points];
    private readonly bool[] _isOpen = new bool[points];
    private long _version;

    /// <summary>Takes a point that nobody writes now; null if a few random ones are all busy.</summary>
    public (int Point, long Version, bool IsThere)? Begin(Random random)
    {
        lock (_lock)
        {
            for (int tries = 0; tries < 20; tries++)
            {
                int point = random.Next(_versions.Length);
                if (_isBusy[point]) continue;
                _isBusy[point] = true;
                return (point, ++_version, _versions[point] is not null);
            }

            return null;
        }
    }

    /// <summary>The write was acknowledged.</summary>
    /// <param name="point">Of this point.</param>
    /// <param name="version">What it is now; null if it was deleted.</param>
    public void Acknowledge(int point, long? version)
    {
        lock (_lock)
        {
            _versions[point] = version;
            _isBusy[point] = false;
            _isOpen[point] = false;
        }
    }

    /// <summary>The write failed: whether it was done is not known.</summary>
    public void Fail(int point)
    {
        lock (_lock)
        {
            _isBusy[point] = false;
            _isOpen[point] = true;
        }
    }

    /// <summary>Compares with what was read and takes it as the truth from here on.</summary>
    /// <returns>Points that are not what they must be.</returns>
    public int Judge(IReadOnlyDictionary<int, long> found)
    {
        lock (_lock)
        {
            int wrong = 0;
            for (int point = 0; point < _versions.Length; point++)
            {
                long? now = found.TryGetValue(point, out long version) ? version : null;
                if (now != _versions[point] && !_isOpen[point] && !_isBusy[point]) wrong++;
                (_versions[point], _isOpen[point], _isBusy[point]) = (now, false, false);
            }

            return wrong;
        }
    }
}
