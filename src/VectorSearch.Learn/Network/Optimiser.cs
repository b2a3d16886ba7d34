using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Which update rule.</summary>
public enum OptimiserKind
{
    /// <summary>Adam; on sparse parameters lazy, moments of untouched rows stand still.</summary>
    Adam = 1,

    /// <summary>Adagrad.</summary>
    Adagrad = 2,
}

/// <summary>Applies gradients to parameters, rows in parallel.</summary>
internal sealed unsafe class Optimiser(OptimiserKind kind, double rate, double decay, int threads)
{
    private const int ChunkRows = 256;
    private const double Beta1 = 0.9, Beta2 = 0.999;

    /// <summary>Steps done; part of a checkpoint.</summary>
    public long Steps { get; set; }

    /// <summary>Learning rate; may change from epoch to epoch.</summary>
    public double Rate { get; set; } = rate;

    /// <summary>One step on all parameters; their gradients are cleared.</summary>
    public void Step(IReadOnlyList<Parameter> parameters)
    {
        Steps++;
        double correction = kind == OptimiserKind.Adam ? Math.Sqrt(1 - Math.Pow(Beta2, Steps)) / (1 - Math.Pow(Beta1, Steps)) : 1;
        float step = (float)(Rate * correction);
        foreach (Parameter parameter in parameters)
        {
            int count = parameter.Sparse ? parameter.Touched.Length : parameter.Rows;
            DeterministicParallel.For(count, ChunkRows, threads, (from, to) =>
            {
                ReadOnlySpan<int> touched = parameter.Touched;
                for (int n = from; n < to; n++) StepRow(parameter, parameter.Sparse ? touched[n] : n, step);
            });
        }
    }

    private void StepRow(Parameter parameter, int row, float step)
    {
        long at = (long)row * parameter.Stride;
        fixed (float* w = &parameter.Value[at], g = &parameter.Gradient[at], m = &parameter.First[at], v = &parameter.Second[at])
        {
            if (kind == OptimiserKind.Adam) OptimiserSteps.Adam(w, g, m, v, parameter.Stride, step, (float)Beta1, (float)Beta2, (float)decay);
            else OptimiserSteps.Adagrad(w, g, v, parameter.Stride, step, (float)decay);
        }
    }
}
