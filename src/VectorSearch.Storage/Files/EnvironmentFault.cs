using System.Diagnostics;
using System.Globalization;

namespace VectorSearch.Storage;

/// <summary>
/// A fault asked for through the environment, so that <c>vectorsearch torture</c> can make a real server die or its disk
/// fail at a chosen point: <c>VECTORSEARCH_STORAGE_FAULT=kill|fail:OPERATION:N[:PATH]</c>. At the N-th operation of this
/// kind on a path that contains PATH the process ends as by kill −9, or that operation and some more fail as on a full disk.
/// </summary>
public sealed class EnvironmentFault : StorageFault
{
    /// <summary>Name of the variable.</summary>
    public const string Variable = "VECTORSEARCH_STORAGE_FAULT";

    /// <summary>Operations that fail in a row before the disk is well again.</summary>
    private const int FailuresInARow = 5;

    private readonly bool _kills;
    private readonly StorageOperation _operation;
    private readonly int _nth;
    private readonly string _path;
    private int _count;

    private EnvironmentFault(bool kills, StorageOperation operation, int nth, string path)
    {
        _kills = kills;
        _operation = operation;
        _nth = nth;
        _path = path;
    }

    /// <summary>The fault that the environment asks for, or <see cref="StorageFault.None"/>.</summary>
    /// <exception cref="FormatException">The variable is set and not of the form above.</exception>
    public static StorageFault Read() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? Parse(text) : None;

    /// <summary>The fault that a text asks for.</summary>
    /// <exception cref="FormatException">The text is not of the form above.</exception>
    public static StorageFault Parse(string text)
    {
        string[] parts = text.Split(':');
        bool isGood = parts.Length is 3 or 4 && parts[0] is ("kill" or "fail");
        if (isGood && Enum.TryParse(parts[1], out StorageOperation operation) &&
            int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int nth) && nth > 0)
            return new EnvironmentFault(parts[0] == "kill", operation, nth, parts.Length == 4 ? parts[3] : "");
        throw new FormatException($"{Variable}: got '{text}', expected kill or fail, an operation ({string.Join(", ", Enum.GetNames<StorageOperation>())}), a number from 1 and perhaps a part of a path, separated by ':'.");
    }

    /// <inheritdoc/>
    public override long Before(StorageOperation operation, string path, long length)
    {
        if (operation != _operation || !path.Contains(_path, StringComparison.Ordinal)) return length;
        int count = Interlocked.Increment(ref _count);
        if (_kills && count == _nth) Process.GetCurrentProcess().Kill();
        if (!_kills && count >= _nth && count < _nth + FailuresInARow) throw new IOException("No space left on device (asked for through the environment)");
        return length;
    }
}
