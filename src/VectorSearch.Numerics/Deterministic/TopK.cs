using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// The k greatest of a row of scores, best first, equal scores by lower index first. Blocks in which nothing beats
/// the current k-th are skipped eight at a time.
/// </summary>
public static unsafe class TopK
{
    /// <summary>Selects from <paramref name="scores"/>; −∞ and NaN are never selected.</summary>
    /// <param name="scores">One score a candidate.</param>
    /// <param name="indices">Receives the indices of the best; its length is k.</param>
    /// <returns>How many were selected: k, or fewer where fewer candidates have a score.</returns>
    public static int Select(ReadOnlySpan<float> scores, Span<int> indices)
    {
        int k = indices.Length;
        if (k == 0) return 0;
        // best[] is a binary heap with the worst kept candidate on top.
        int count = 0;
        float threshold = float.NegativeInfinity;
        fixed (float* s = scores)
        {
            int i = 0;
            for (; i + 8 <= scores.Length; i += 8)
            {
                if (!Vector256.GreaterThanAny(Vector256.Load(s + i), Vector256.Create(threshold))) continue;
                for (int j = i; j < i + 8; j++) threshold = Offer(s, j, threshold, indices, ref count);
            }

            for (; i < scores.Length; i++) threshold = Offer(s, i, threshold, indices, ref count);
            for (int end = count - 1; end > 0; end--)
            {
                (indices[0], indices[end]) = (indices[end], indices[0]);
                SiftDown(s, indices, end);
            }
        }

        return count;
    }

    private static float Offer(float* s, int candidate, float threshold, Span<int> heap, ref int count)
    {
        if (!(s[candidate] > threshold)) return threshold;
        if (count < heap.Length)
        {
            int at = count++;
            heap[at] = candidate;
            while (at > 0 && Worse(s, heap[at], heap[(at - 1) / 2]))
            {
                (heap[at], heap[(at - 1) / 2]) = (heap[(at - 1) / 2], heap[at]);
                at = (at - 1) / 2;
            }

            return count < heap.Length ? float.NegativeInfinity : s[heap[0]];
        }

        heap[0] = candidate;
        SiftDown(s, heap, count);
        return s[heap[0]];
    }

    private static void SiftDown(float* s, Span<int> heap, int count)
    {
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= count) return;
            if (child + 1 < count && Worse(s, heap[child + 1], heap[child])) child++;
            if (!Worse(s, heap[child], heap[at])) return;
            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }

    private static bool Worse(float* s, int x, int y) => s[x] < s[y] || (s[x] == s[y] && x > y);
}
