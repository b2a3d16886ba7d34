using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Light graph convolution (He et al., "LightGCN", SIGIR 2020, equations 3 to 8): E = mean over l = 0…L of Âˡ E₀ on the
/// graph of users and items, with Â normalised by the square roots of both degrees. Â is symmetric, so the same map
/// carries gradients back.
/// </summary>
internal sealed unsafe class GraphConvolution
{
    private const int ChunkRows = 128;

    private readonly InteractionDataset _byUser, _byItem;
    private readonly float[] _userScale, _itemScale;
    private readonly int _layers, _stride, _threads;
    private float[] _users, _items, _nextUsers, _nextItems;

    public GraphConvolution(InteractionDataset train, int layers, int stride, int threads)
    {
        _byUser = train;
        _byItem = train.Transpose();
        _layers = layers;
        _stride = stride;
        _threads = threads;
        _userScale = Scales(_byUser);
        _itemScale = Scales(_byItem);
        _users = new float[(long)train.UserCount * stride];
        _items = new float[(long)train.ItemCount * stride];
        _nextUsers = new float[_users.Length];
        _nextItems = new float[_items.Length];
    }

    /// <summary>Applies the map to both sides.</summary>
    public void Apply(float[] users, float[] items, float[] outUsers, float[] outItems) => Apply(users, items, outUsers, outItems, _layers);

    /// <summary>
    /// What each item adds to a new user who watched it, such that the user's vector is the sum over the n items watched by √n:
    /// the user's own row of E, with a zero in E₀ and the items as the others left them.
    /// </summary>
    public void FoldInRows(float[] users, float[] items, float[] rows)
    {
        Apply(users, items, new float[users.Length], rows, _layers - 1);
        // The mean over l < L, to be that of l ≤ L without its first term.
        float share = _layers / (_layers + 1f);
        for (int item = 0; item < _itemScale.Length; item++) FixedLanes.Scale(rows.AsSpan(item * _stride, _stride), share * _itemScale[item]);
    }

    private void Apply(float[] users, float[] items, float[] outUsers, float[] outItems, int layers)
    {
        users.CopyTo(_users, 0);
        items.CopyTo(_items, 0);
        users.CopyTo(outUsers, 0);
        items.CopyTo(outItems, 0);
        for (int layer = 1; layer <= layers; layer++)
        {
            float scale = layer == layers ? 1f / (layers + 1) : 1;
            Spread(_byUser, _items, _itemScale, _userScale, _nextUsers, outUsers, scale);
            Spread(_byItem, _users, _userScale, _itemScale, _nextItems, outItems, scale);
            (_users, _nextUsers) = (_nextUsers, _users);
            (_items, _nextItems) = (_nextItems, _items);
        }
    }

    private static float[] Scales(InteractionDataset rows)
    {
        float[] scales = new float[rows.UserCount];
        for (int row = 0; row < scales.Length; row++) scales[row] = 1 / MathF.Sqrt(Math.Max(1, rows.ItemsOf(row).Length));
        return scales;
    }

    /// <summary>next ← Â·source, and total ← (total + next) · scale.</summary>
    private void Spread(
        InteractionDataset rows, float[] source, float[] sourceScale, float[] rowScale, float[] next, float[] total, float scale)
    {
        fixed (float* from = source, weights = sourceScale, to = next)
        {
            float* x = from, w = weights, y = to;
            DeterministicParallel.For(rows.UserCount, ChunkRows, _threads, (first, last) =>
            {
                for (int row = first; row < last; row++)
                {
                    SparseProduct.WeightedSum(x, _stride, rows.ItemsOf(row), w, rowScale[row], y + ((nint)row * _stride));
                    Span<float> sum = total.AsSpan(row * _stride, _stride);
                    FixedLanes.Add(sum, 1, next.AsSpan(row * _stride, _stride));
                    if (scale != 1) FixedLanes.Scale(sum, scale);
                }
            });
        }
    }
}
