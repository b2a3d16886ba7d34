using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>The one place where a vector from outside is judged, for rows and queries alike.</summary>
public static class VectorGuard
{
    /// <summary>
    /// Greatest ‖x‖² under squared distance and inner product: with it ‖x−y‖² ≤ 2(‖x‖²+‖y‖²) and |x·y| stay finite in
    /// float32.
    /// </summary>
    public const double MaxNormSquared = float.MaxValue / 4.0;

    private const float CertainlyNotZero = 1e-30f;
    private const float CertainlyNotTooLong = 1e+37f;

    /// <summary>How far a kept row may be from ‖x‖² = 1 under cosine.</summary>
    private const double UnitTolerance = 1e-4;

    /// <summary>What is wrong with a vector, or null. The text names what came and what was expected.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="dimension">Coordinates it must have.</param>
    /// <param name="metric">How it will be compared.</param>
    public static string? FindFault(ReadOnlySpan<float> vector, int dimension, Metric metric)
    {
        if (vector.Length != dimension) return $"The vector has {vector.Length} coordinates; expected {dimension}.";

        // A coordinate that is not finite makes the sum so too, and a sum well within the range needs no closer look.
        float about = VectorMath.NormSquared(vector);
        if (about is > CertainlyNotZero and < CertainlyNotTooLong) return null;
        if (!VectorMath.AllFinite(vector))
        {
            int at = 0;
            while (float.IsFinite(vector[at])) at++;
            return $"Coordinate {at} of the vector is {vector[at]}; expected a finite number.";
        }

        double normSquared = VectorMath.NormSquaredDouble(vector);
        if (metric == Metric.Cosine)
            return normSquared > 0 ? null : "The vector is zero; cosine needs a direction, so expected at least one coordinate that is not 0.";
        return normSquared <= MaxNormSquared
            ? null
            : $"The squared norm of the vector is {normSquared:G4}; expected at most {MaxNormSquared:G4}, since float32 distances would overflow.";
    }

    /// <summary>What is wrong with a vector that an index says it kept: as <see cref="FindFault"/>, and of unit length under cosine.</summary>
    internal static string? FindFaultOfKept(ReadOnlySpan<float> vector, int dimension, Metric metric)
    {
        if (FindFault(vector, dimension, metric) is { } fault) return fault;
        if (metric != Metric.Cosine) return null;
        double normSquared = VectorMath.NormSquaredDouble(vector);
        return Math.Abs(normSquared - 1) <= UnitTolerance ? null : $"The squared norm of the vector is {normSquared:G6}; expected 1 under cosine.";
    }

    /// <summary>Throws when <see cref="FindFault"/> finds something.</summary>
    /// <exception cref="ArgumentException">The message is the fault.</exception>
    internal static void Check(ReadOnlySpan<float> vector, int dimension, Metric metric, string parameter)
    {
        string? fault = FindFault(vector, dimension, metric);
        if (fault is not null) throw new ArgumentException(fault, parameter);
    }
}
