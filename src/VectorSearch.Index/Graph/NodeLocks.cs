namespace VectorSearch.Index;

/// <summary>
/// Spin locks for those who change a link list, striped over the slots. Held for microseconds, one at a time (so there is
/// no order to keep), innermost of all locks. Readers take none, see <see cref="LinkTable"/>.
/// </summary>
internal sealed class NodeLocks
{
    private const int Stripes = 1 << 14;

    private readonly int[] _taken = new int[Stripes];

    internal void Enter(int slot)
    {
        ref int taken = ref _taken[slot & (Stripes - 1)];
        SpinWait wait = default;
        while (Volatile.Read(ref taken) != 0 || Interlocked.CompareExchange(ref taken, 1, 0) != 0) wait.SpinOnce();
    }

    internal void Exit(int slot) => Volatile.Write(ref _taken[slot & (Stripes - 1)], 0);
}
