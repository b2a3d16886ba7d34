namespace VectorSearch.Index;

/// <summary>Copies row number <paramref name="row"/> to <paramref name="into"/>, which has the index's dimension. Called from several threads.</summary>
/// <param name="row">0…n−1.</param>
/// <param name="into">Shape [Dimension].</param>
public delegate void RowReader(int row, Span<float> into);
