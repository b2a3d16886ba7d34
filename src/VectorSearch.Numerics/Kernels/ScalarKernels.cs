namespace VectorSearch.Numerics;

/// <summary>The plain loops: for CPUs without vectors, for remainders, and as the reference of the tests.</summary>
internal static unsafe class ScalarKernels
{
    internal static float Dot(float* x, float* y, nint n)
    {
        float sum = 0;
        for (nint i = 0; i < n; i++) sum += x[i] * y[i];
        return sum;
    }

    internal static float SquaredDistance(float* x, float* y, nint n)
    {
        float sum = 0;
        for (nint i = 0; i < n; i++)
        {
            float difference = x[i] - y[i];
            sum += difference * difference;
        }

        return sum;
    }
}
