namespace VectorSearch.Learn;

/// <summary>Two parts of one data set over the same vocabularies: what is learned from, and what is held out.</summary>
public sealed record DatasetSplit
{
    private DatasetSplit(InteractionDataset train, InteractionDataset heldOut, string description)
    {
        Train = train;
        HeldOut = heldOut;
        Description = description;
    }

    /// <summary>What may be learned from.</summary>
    public InteractionDataset Train { get; }

    /// <summary>What the learner must not see.</summary>
    public InteractionDataset HeldOut { get; }

    /// <summary>How the split was made, for the model card, such as <c>random 20 % of each user, seed 7</c>.</summary>
    public string Description { get; }

    /// <summary>Pairs two parts; refuses a leak.</summary>
    /// <param name="train">What may be learned from.</param>
    /// <param name="heldOut">The held-out part; its vocabularies begin with those of <paramref name="train"/>.</param>
    /// <param name="description">How the split was made.</param>
    /// <exception cref="DataLeakException">An interaction is in both parts.</exception>
    /// <exception cref="ArgumentException">The parts do not number users and items alike.</exception>
    public static DatasetSplit Create(InteractionDataset train, InteractionDataset heldOut, string description)
    {
        RequirePrefix(train.Users, heldOut.Users, "users");
        RequirePrefix(train.Items, heldOut.Items, "items");
        long leaked = 0;
        string first = "";
        for (int user = 0; user < train.UserCount; user++)
        {
            ReadOnlySpan<int> seen = train.ItemsOf(user);
            foreach (int item in heldOut.ItemsOf(user))
            {
                if (seen.BinarySearch(item) < 0) continue;
                if (leaked++ == 0) first = $"user '{train.Users[user]}' and item '{train.Items[item]}'";
            }
        }

        return leaked == 0
            ? new DatasetSplit(train, heldOut, description)
            : throw new DataLeakException(
                $"{leaked} interactions are both in training and held-out data, the first of {first}: a score on them proves nothing.");
    }

    private static void RequirePrefix(Vocabulary train, Vocabulary heldOut, string what)
    {
        if (ReferenceEquals(train, heldOut)) return;
        for (int row = 0; row < train.Count; row++)
        {
            if (row >= heldOut.Count || heldOut[row] != train[row])
                throw new ArgumentException($"The held-out part numbers its {what} differently: read it with the vocabulary of the training part.");
        }
    }
}

/// <summary>Held-out data is also in the training data.</summary>
public sealed class DataLeakException(string message) : Exception(message);
