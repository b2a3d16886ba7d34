namespace VectorSearch.Cli;

/// <summary>Something the user can put right; the message says what it is and what to do. Ends the program with exit code 1.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="inner">What was thrown below, if anything.</param>
public sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);
