using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>The update rules of stochastic optimisers on a run of weights; each element by itself, in one order of operations.</summary>
public static unsafe class OptimiserSteps
{
    private const float Epsilon = 1e-8f;

    /// <summary>
    /// Adam (Kingma and Ba, ICLR 2015, algorithm 1): m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − rate·m / (√v + ε),
    /// with g the gradient plus decay·w. The caller folds both bias corrections into the rate.
    /// </summary>
    /// <param name="weight">Weights.</param>
    /// <param name="gradient">Gradient; cleared by the step.</param>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="length">A multiple of 8.</param>
    /// <param name="rate">Learning rate with the bias corrections in it.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="decay">L2 decay.</param>
    public static void Adam(
        float* weight, float* gradient, float* first, float* second, int length, float rate, float beta1, float beta2, float decay)
    {
        Vector256<float> b1 = Vector256.Create(beta1), c1 = Vector256.Create(1 - beta1);
        Vector256<float> b2 = Vector256.Create(beta2), c2 = Vector256.Create(1 - beta2);
        Vector256<float> step = Vector256.Create(rate), l2 = Vector256.Create(decay), epsilon = Vector256.Create(Epsilon);
        for (int i = 0; i < length; i += 8)
        {
            Vector256<float> w = Vector256.Load(weight + i);
            Vector256<float> g = Vector256.FusedMultiplyAdd(l2, w, Vector256.Load(gradient + i));
            Vector256<float> m = Vector256.FusedMultiplyAdd(b1, Vector256.Load(first + i), c1 * g);
            Vector256<float> v = Vector256.FusedMultiplyAdd(b2, Vector256.Load(second + i), c2 * g * g);
            m.Store(first + i);
            v.Store(second + i);
            (w - (step * m / (Vector256.Sqrt(v) + epsilon))).Store(weight + i);
            Vector256<float>.Zero.Store(gradient + i);
        }
    }

    /// <summary>Adagrad (Duchi, Hazan and Singer, JMLR 2011): v ← v + g²; w ← w − rate·g / (√v + ε), with g the gradient plus decay·w.</summary>
    /// <param name="weight">Weights.</param>
    /// <param name="gradient">Gradient; cleared by the step.</param>
    /// <param name="second">v.</param>
    /// <param name="length">A multiple of 8.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">L2 decay.</param>
    public static void Adagrad(float* weight, float* gradient, float* second, int length, float rate, float decay)
    {
        Vector256<float> step = Vector256.Create(rate), l2 = Vector256.Create(decay), epsilon = Vector256.Create(Epsilon);
        for (int i = 0; i < length; i += 8)
        {
            Vector256<float> w = Vector256.Load(weight + i);
            Vector256<float> g = Vector256.FusedMultiplyAdd(l2, w, Vector256.Load(gradient + i));
            Vector256<float> v = Vector256.FusedMultiplyAdd(g, g, Vector256.Load(second + i));
            v.Store(second + i);
            (w - (step * g / (Vector256.Sqrt(v) + epsilon))).Store(weight + i);
            Vector256<float>.Zero.Store(gradient + i);
        }
    }
}
