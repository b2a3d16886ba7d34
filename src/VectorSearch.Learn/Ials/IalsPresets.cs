namespace VectorSearch.Learn;

/// <summary>Hyper-parameters of iALS found on validation parts, to start from.</summary>
public static class IalsPresets
{
    /// <summary>For a few hundred users and some ten thousand films (MovieLens latest-small).</summary>
    public static IalsOptions Films { get; } = new()
    {
        Dimension = 64, UnobservedWeight = 0.3, Regularisation = 0.01, RegularisationExponent = 1, Epochs = 10,
    };
}
