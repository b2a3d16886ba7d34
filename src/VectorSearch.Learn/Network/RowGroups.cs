namespace VectorSearch.Learn;

/// <summary>
/// The entries of a batch regrouped by the row they touch: row r is touched by examples e₁, e₂, … with weights. A row's
/// gradient is then one sum in the order of the examples, and rows can be summed in parallel without meeting.
/// </summary>
internal sealed class RowGroups(int rows)
{
    private readonly int[] _slot = new int[rows];
    private int[] _distinct = [];
    private int[] _start = [0];
    private int[] _examples = [];
    private float[] _weights = [];

    /// <summary>Rows touched, by first appearance.</summary>
    public int[] Distinct => _distinct;

    /// <summary>Regroups entries; entry n is (row, example, weight).</summary>
    public void Build(ReadOnlySpan<int> entryRows, ReadOnlySpan<int> entryExamples, ReadOnlySpan<float> entryWeights)
    {
        List<int> distinct = [];
        foreach (int row in entryRows)
        {
            if (_slot[row] == 0)
            {
                distinct.Add(row);
                _slot[row] = distinct.Count;
            }
        }

        _distinct = [.. distinct];
        _start = new int[_distinct.Length + 1];
        foreach (int row in entryRows) _start[_slot[row]]++;
        for (int n = 0; n < _distinct.Length; n++) _start[n + 1] += _start[n];
        int[] next = [.. _start];
        _examples = new int[entryRows.Length];
        _weights = new float[entryRows.Length];
        for (int n = 0; n < entryRows.Length; n++)
        {
            int at = next[_slot[entryRows[n]] - 1]++;
            _examples[at] = entryExamples[n];
            _weights[at] = entryWeights[n];
        }

        foreach (int row in _distinct) _slot[row] = 0;
    }

    /// <summary>Examples that touch the n-th distinct row.</summary>
    public ReadOnlySpan<int> ExamplesOf(int n) => _examples.AsSpan(_start[n], _start[n + 1] - _start[n]);

    /// <summary>Their weights.</summary>
    public ReadOnlySpan<float> WeightsOf(int n) => _weights.AsSpan(_start[n], _start[n + 1] - _start[n]);
}
