using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>How a user is compared with items, and who competes with whom.</summary>
/// <param name="Cosine">Compare directions; otherwise inner products.</param>
/// <param name="Scale">Multiplies the comparison: 1/τ for cosine.</param>
/// <param name="PositivesCompete">
/// True for the softmax over all items, in which a user's positives share one sum; false where each positive meets the
/// negatives only.
/// </param>
internal readonly record struct SoftmaxForm(bool Cosine, float Scale, bool PositivesCompete);

/// <summary>
/// Softmax over items, full or sampled, with several positives a user. With s the scaled comparison and C the candidates
/// less the user's positives P: Z = Σ over P eˢ + Σ over C eˢ/π (the first sum only its own term where positives do not
/// compete), loss = Σ over users w Σ over P (log Z − s). With all items as candidates and π = 1 it is the full softmax.
/// Users are one contiguous matrix; items are gathered once a batch, so every item has one place and one gradient.
/// </summary>
/// <param name="form">How a user is compared with items.</param>
/// <param name="stride">Floats from one vector to the next.</param>
/// <param name="itemCount">All items.</param>
/// <param name="threads">Most threads.</param>
/// <param name="bias">Added to s, for each item; null for nothing.</param>
internal sealed unsafe class SoftmaxHead(SoftmaxForm form, int stride, int itemCount, int threads, float[]? bias = null)
{
    private const int ChunkUsers = 16;
    private const int ChunkItems = 64;
    private readonly int[] _place = new int[itemCount];
    private readonly RowGroups _groups = new(itemCount);
    private int[] _items = [];
    private int _candidates;
    private float[] _itemVectors = [], _itemNorms = [], _itemGradient = [];
    private float[] _userVectors = [], _userNorms = [], _logits = [], _packed = [];
    private float[] _offset = [];

    /// <summary>Items of the batch: the candidates first, then positives that are no candidates.</summary>
    public ReadOnlySpan<int> Items => _items;

    /// <summary>
    /// Loss of a batch and its gradients.
    /// </summary>
    /// <param name="users">batch × stride; replaced by the gradient with respect to them.</param>
    /// <param name="batch">How many users.</param>
    /// <param name="positives">Positive items of each user.</param>
    /// <param name="weight">Weight of each user's positives.</param>
    /// <param name="items">The item vectors.</param>
    /// <param name="candidates">Items that stand for all, rising.</param>
    /// <param name="sampler">Their probabilities; null for 1.</param>
    /// <param name="itemGradient">Receives the gradient, in the rows of <see cref="Items"/>.</param>
    /// <returns>The loss.</returns>
    public double Run(
        float[] users, int batch, int[][] positives, float[] weight, float[] items, int[] candidates, CandidateSampler? sampler, float[] itemGradient)
    {
        Gather(items, candidates, positives, batch, sampler);
        UnitUsers(users, batch);
        int count = _items.Length;
        Grow(ref _logits, (long)batch * _candidates);
        float[][] coefficients = new float[batch][];
        double[] losses = new double[batch];
        Multiply(_userVectors, stride, 1, batch, stride, _itemVectors, 1, stride, _candidates, _logits, _candidates, ChunkUsers);
        DeterministicParallel.For(batch, ChunkUsers, threads, (from, to) =>
        {
            for (int u = from; u < to; u++) losses[u] = Normalise(u, positives[u], weight[u], out coefficients[u]);
        });
        // Gradient of the users: the candidates' part is a product, the positives' part is added.
        Multiply(_logits, _candidates, 1, batch, _candidates, _itemVectors, stride, 1, stride, users, stride, ChunkUsers);
        DeterministicParallel.For(batch, ChunkUsers, threads, (from, to) =>
        {
            for (int u = from; u < to; u++) FinishUser(users, u, positives[u], coefficients[u]);
        });
        Multiply(_logits, 1, _candidates, _candidates, batch, _userVectors, stride, 1, stride, _itemGradient, stride, ChunkItems);
        _itemGradient.AsSpan(_candidates * stride, (count - _candidates) * stride).Clear();
        AddPositives(positives, coefficients, batch);
        DeterministicParallel.For(count, ChunkItems, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) FinishItem(itemGradient, n);
        });
        double loss = 0;
        foreach (double one in losses) loss += one;
        return loss;
    }

    /// <summary>Gives every item of the batch a place, and copies its vector, of unit length for cosine.</summary>
    private void Gather(float[] items, int[] candidates, int[][] positives, int batch, CandidateSampler? sampler)
    {
        foreach (int item in _items) _place[item] = 0;
        List<int> all = [.. candidates];
        for (int n = 0; n < candidates.Length; n++) _place[candidates[n]] = n + 1;
        for (int u = 0; u < batch; u++)
        {
            foreach (int item in positives[u])
            {
                if (_place[item] != 0) continue;
                all.Add(item);
                _place[item] = all.Count;
            }
        }

        _items = [.. all];
        for (int n = 0; n < _items.Length; n++) _place[_items[n]] = n;
        _candidates = candidates.Length;
        Grow(ref _itemVectors, (long)_items.Length * stride);
        Grow(ref _itemGradient, (long)_items.Length * stride);
        Grow(ref _itemNorms, _items.Length);
        Grow(ref _offset, _candidates);
        for (int n = 0; n < _candidates; n++)
            _offset[n] = BiasOf(candidates[n]) - (sampler is null ? 0 : (float)Math.Log(sampler.Probability(candidates[n])));
        DeterministicParallel.For(_items.Length, ChunkItems, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> vector = _itemVectors.AsSpan(n * stride, stride);
                items.AsSpan(_items[n] * stride, stride).CopyTo(vector);
                _itemNorms[n] = Unit(vector);
            }
        });
    }

    private float BiasOf(int item) => bias is null ? 0 : bias[item];

    private void UnitUsers(float[] users, int batch)
    {
        Grow(ref _userVectors, (long)batch * stride);
        Grow(ref _userNorms, batch);
        for (int u = 0; u < batch; u++)
        {
            Span<float> vector = _userVectors.AsSpan(u * stride, stride);
            users.AsSpan(u * stride, stride).CopyTo(vector);
            _userNorms[u] = Unit(vector);
        }
    }

    private float Unit(Span<float> vector)
    {
        if (!form.Cosine) return 1;
        float norm = MathF.Sqrt(FixedLanes.Dot(vector, vector)) + 1e-12f;
        FixedLanes.Scale(vector, 1 / norm);
        return norm;
    }

    /// <summary>Turns a user's row of comparisons into the gradient with respect to them; returns the loss.</summary>
    private double Normalise(int user, int[] positives, float weight, out float[] coefficients)
    {
        Span<float> row = _logits.AsSpan(user * _candidates, _candidates);
        ReadOnlySpan<float> vector = _userVectors.AsSpan(user * stride, stride);
        coefficients = new float[positives.Length];
        float greatest = float.NegativeInfinity;
        for (int p = 0; p < positives.Length; p++)
        {
            int place = _place[positives[p]];
            coefficients[p] = (form.Scale * FixedLanes.Dot(vector, _itemVectors.AsSpan(place * stride, stride))) + BiasOf(positives[p]);
            greatest = Math.Max(greatest, coefficients[p]);
            if (place < _candidates) row[place] = float.NegativeInfinity;
        }

        for (int n = 0; n < row.Length; n++)
        {
            row[n] = MathF.FusedMultiplyAdd(form.Scale, row[n], _offset[n]);
            greatest = Math.Max(greatest, row[n]);
        }

        float others = VectorFunctions.ExpSum(row, 1, greatest);
        foreach (int positive in positives)
        {
            if (_place[positive] >= _candidates) continue;
            // exp is held above zero: take the excluded place out of the sum again.
            others -= row[_place[positive]];
            row[_place[positive]] = 0;
        }

        return form.PositivesCompete
            ? OneSum(row, positives.Length, weight, coefficients, greatest, others)
            : OwnSums(row, weight, coefficients, greatest, others);
    }

    private double OneSum(Span<float> row, int count, float weight, float[] coefficients, float greatest, float others)
    {
        double loss = 0;
        float total = others;
        foreach (float s in coefficients) total += VectorFunctions.Exp(s - greatest);
        float log = VectorFunctions.Log(total) + greatest, factor = form.Scale * weight * count / total;
        for (int p = 0; p < coefficients.Length; p++)
        {
            loss += log - coefficients[p];
            coefficients[p] = (factor * VectorFunctions.Exp(coefficients[p] - greatest)) - (form.Scale * weight);
        }

        FixedLanes.Scale(row, factor);
        return weight * loss;
    }

    private double OwnSums(Span<float> row, float weight, float[] coefficients, float greatest, float others)
    {
        double loss = 0;
        float shared = 0;
        for (int p = 0; p < coefficients.Length; p++)
        {
            float own = VectorFunctions.Exp(coefficients[p] - greatest), total = own + others;
            loss += VectorFunctions.Log(total) + greatest - coefficients[p];
            shared += 1 / total;
            coefficients[p] = form.Scale * weight * ((own / total) - 1);
        }

        FixedLanes.Scale(row, form.Scale * weight * shared);
        return weight * loss;
    }

    private void FinishUser(float[] users, int user, int[] positives, float[] coefficients)
    {
        Span<float> gradient = users.AsSpan(user * stride, stride);
        for (int p = 0; p < positives.Length; p++)
            FixedLanes.Add(gradient, coefficients[p], _itemVectors.AsSpan(_place[positives[p]] * stride, stride));
        Project(gradient, _userVectors.AsSpan(user * stride, stride), _userNorms[user]);
    }

    private void AddPositives(int[][] positives, float[][] coefficients, int batch)
    {
        List<int> rows = [], examples = [];
        List<float> weights = [];
        for (int u = 0; u < batch; u++)
        {
            for (int p = 0; p < positives[u].Length; p++)
            {
                rows.Add(_place[positives[u][p]]);
                examples.Add(u);
                weights.Add(coefficients[u][p]);
            }
        }

        _groups.Build([.. rows], [.. examples], [.. weights]);
        DeterministicParallel.For(_groups.Distinct.Length, ChunkItems, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> gradient = _itemGradient.AsSpan(_groups.Distinct[n] * stride, stride);
                ReadOnlySpan<int> users = _groups.ExamplesOf(n);
                ReadOnlySpan<float> factors = _groups.WeightsOf(n);
                for (int e = 0; e < users.Length; e++) FixedLanes.Add(gradient, factors[e], _userVectors.AsSpan(users[e] * stride, stride));
            }
        });
    }

    private void FinishItem(float[] itemGradient, int n)
    {
        Span<float> gradient = _itemGradient.AsSpan(n * stride, stride);
        Project(gradient, _itemVectors.AsSpan(n * stride, stride), _itemNorms[n]);
        gradient.CopyTo(itemGradient.AsSpan(_items[n] * stride, stride));
    }

    /// <summary>Gradient through x ↦ x/‖x‖: (g − (g·x̂) x̂) / ‖x‖.</summary>
    private void Project(Span<float> gradient, ReadOnlySpan<float> unit, float norm)
    {
        if (!form.Cosine) return;
        float along = FixedLanes.Dot(gradient, unit);
        FixedLanes.Add(gradient, -along, unit);
        FixedLanes.Scale(gradient, 1 / norm);
    }

    private void Multiply(
        float[] a, nint aRow, nint aColumn, int rows, int inner, float[] b, nint bRow, nint bColumn, int columns, float[] c, int cStride, int chunk)
    {
        Grow(ref _packed, Gemm.PackedLength(columns, inner));
        fixed (float* pa = a, pb = b, pc = c, pp = _packed)
        {
            float* a0 = pa, b0 = pb, c0 = pc, packed = pp;
            DeterministicParallel.For(Gemm.Panels(columns), 64, threads, (from, to) => Gemm.Pack(
                b0 + (from * Gemm.PanelWidth * bColumn), bRow, bColumn, inner, Math.Min(columns, to * Gemm.PanelWidth) - (from * Gemm.PanelWidth),
                packed + ((nint)from * Gemm.PanelWidth * inner)));
            DeterministicParallel.For(rows, chunk, threads, (from, to) => Gemm.Multiply(
                a0 + (from * aRow), aRow, aColumn, packed, c0 + ((nint)from * cStride), cStride, to - from, inner, columns, accumulate: false));
        }
    }

    private static void Grow(ref float[] buffer, long length)
    {
        if (buffer.Length < length) buffer = new float[length + (length / 4)];
    }
}
