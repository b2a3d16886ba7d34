namespace VectorSearch.Learn;

/// <summary>Examples as rows of numbers, which may come out changed at random when they are trained on.</summary>
internal interface IDenseExamples
{
    /// <summary>How many examples.</summary>
    int Count { get; }

    /// <summary>Numbers of each.</summary>
    int Width { get; }

    /// <summary>An example as it is.</summary>
    void Read(int example, Span<float> row);

    /// <summary>An example as it is trained on in one epoch; depends on nothing but these numbers.</summary>
    void ReadAugmented(int example, ulong seed, int epoch, Span<float> row);
}
