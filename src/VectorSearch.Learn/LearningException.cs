namespace VectorSearch.Learn;

/// <summary>Training cannot go on; the message says which setting to change.</summary>
public sealed class LearningException(string message, Exception? inner = null) : Exception(message, inner);
