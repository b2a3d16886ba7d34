namespace VectorSearch.Learn.Tests;

/// <summary>Hands each report on at once, on the thread that makes it.</summary>
internal sealed class Recorder(Action<LearnProgress> receive) : IProgress<LearnProgress>
{
    public void Report(LearnProgress value) => receive(value);
}
