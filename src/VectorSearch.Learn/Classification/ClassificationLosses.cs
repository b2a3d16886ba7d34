using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The losses of a classification head, from logits to the gradient with respect to them.</summary>
internal static class ClassificationLosses
{
    /// <summary>Replaces logits by the gradient of the loss; returns the loss.</summary>
    /// <param name="logits">One for each class.</param>
    /// <param name="label">The right class.</param>
    /// <param name="loss">Softmax: log Σ eˢ − s_label. One versus all: Σ log(1 + e^∓s).</param>
    public static double ToErrors(Span<float> logits, int label, ClassificationLoss loss)
    {
        double value;
        if (loss == ClassificationLoss.Softmax)
        {
            float right = logits[label], greatest = Greatest(logits);
            float total = VectorFunctions.ExpSum(logits, 1, greatest);
            FixedLanes.Scale(logits, 1 / total);
            value = VectorFunctions.Log(total) + greatest - right;
        }
        else
        {
            value = 0;
            for (int c = 0; c < logits.Length; c++)
            {
                float margin = c == label ? logits[c] : -logits[c];
                // log(1 + e^−m), from the side that does not overflow.
                value += Math.Max(0, -margin) + VectorFunctions.Log(1 + VectorFunctions.Exp(-Math.Abs(margin)));
                logits[c] = Sigmoid(logits[c]);
            }
        }

        logits[label] -= 1;
        return value;
    }

    /// <summary>Replaces logits by probabilities.</summary>
    public static void ToProbabilities(Span<float> logits, ClassificationLoss loss)
    {
        if (loss == ClassificationLoss.Softmax)
        {
            float total = VectorFunctions.ExpSum(logits, 1, Greatest(logits));
            FixedLanes.Scale(logits, 1 / total);
            return;
        }

        foreach (ref float logit in logits) logit = Sigmoid(logit);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static float Sigmoid(float x) => 1 / (1 + VectorFunctions.Exp(-x));

    private static float Greatest(ReadOnlySpan<float> values)
    {
        float greatest = float.NegativeInfinity;
        foreach (float value in values) greatest = Math.Max(greatest, value);
        return greatest;
    }
}
