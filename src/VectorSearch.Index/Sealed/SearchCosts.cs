namespace VectorSearch.Index.Sealed;

/// <summary>What a search cost.</summary>
internal struct SearchCost
{
    /// <summary>Rows estimated from their codes.</summary>
    public long Estimated;

    /// <summary>Rows measured.</summary>
    public long Measured;

    /// <summary>Lists visited.</summary>
    public int Lists;

    /// <summary>How separate the first list beyond the plan was; see <see cref="CodedLists.Separation"/>.</summary>
    public float FirstSeparation;
}

/// <summary>
/// About the nanoseconds that the parts of a search take on a current server core. Fixed figures and no clock, so that the
/// same build gives the same levels everywhere and the same search the same answer.
/// </summary>
/// <param name="AnEstimate">A row estimated from its code, one of 32.</param>
/// <param name="AMeasure">A row fetched from anywhere and measured.</param>
internal readonly record struct SearchCosts(double AnEstimate, double AMeasure)
{
    private const double AList = 40;

    /// <summary>The costs in an index with so many groups a code and bytes a row.</summary>
    public static SearchCosts For(int groups, int rowBytes) => new(0.035 * groups, 20 + (0.12 * rowBytes));

    /// <summary>A whole search.</summary>
    public double Of(in SearchCost cost) => Visit(cost.Lists, cost.Estimated) + (cost.Measured * AMeasure);

    /// <summary>Lists visited and rows in them estimated.</summary>
    public double Visit(double lists, double rows) => (lists * AList) + (rows * AnEstimate);
}
