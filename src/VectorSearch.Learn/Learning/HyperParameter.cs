namespace VectorSearch.Learn;

/// <summary>One hyper-parameter of a method, with the values that tuning may try.</summary>
/// <param name="Name">Its name, as on the command line.</param>
/// <param name="Default">Where tuning starts.</param>
/// <param name="Values">Rising; the default is among them.</param>
public sealed record HyperParameter(string Name, double Default, IReadOnlyList<double> Values);
