namespace VectorSearch.Learn;

/// <summary>
/// Lets what is known of items (genres, tags) take part in learning: each attribute becomes one more row, a "user" who
/// watched every item that has it. Items that share attributes then come near each other even where few people watched
/// both. The idea is collective matrix factorisation (Singh and Gordon, KDD 2008) with one shared side and one loss.
/// </summary>
public static class AttributeRows
{
    /// <summary>Most copies of one attribute.</summary>
    public const int MaxCopies = 1000;

    /// <summary>Adds the attributes of one kind as rows after the users.</summary>
    /// <param name="data">Who watched what. Ratings and times stay behind.</param>
    /// <param name="kind">Name of the kind, such as <c>genre</c>: the rows are called <c>genre:NAME:COPY</c>.</param>
    /// <param name="itemsByAttribute">Ids of the items that have each attribute; ids that the data lacks are left out.</param>
    /// <param name="copies">How often each attribute counts: the weight of a kind against one user.</param>
    /// <returns>The data with the same items and more rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 1 or more than <see cref="MaxCopies"/> copies.</exception>
    public static InteractionDataset Append(
        InteractionDataset data, string kind, IEnumerable<KeyValuePair<string, IReadOnlyCollection<string>>> itemsByAttribute, int copies)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copies, MaxCopies);
        List<string> names = [];
        List<long> start = [0];
        List<int> items = [];
        for (int user = 0; user < data.UserCount; user++)
        {
            items.AddRange(data.ItemsOf(user));
            start.Add(items.Count);
        }

        // Ordered, so that one data set gives one model whatever order the attributes came in.
        foreach ((string attribute, IReadOnlyCollection<string> ids) in itemsByAttribute.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            int[] rows = [.. ids.Where(id => data.Items.TryGetRow(id, out _)).Select(data.Items.RowOf).Distinct().Order()];
            if (rows.Length == 0) continue;
            for (int copy = 0; copy < copies; copy++)
            {
                names.Add($"{kind}:{attribute}:{copy}");
                items.AddRange(rows);
                start.Add(items.Count);
            }
        }

        return new InteractionDataset(data.Users.With(names), data.Items, [.. start], [.. items], null, null);
    }
}
