using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The embedding layer of a history: S = Σ w a e / √(Σ w a²) over the watched films, e the film's row, w the weight of the
/// watch and a that of its age; and the same sum G of the films' content rows. With w = a = 1 it is Σ e / √n, so that long and
/// short histories have values of like size. A step costs what was watched, whatever the number of films.
/// </summary>
internal sealed class HistorySum(Parameter films, ContentEmbedding? content, AgeWeights? ages, int threads)
{
    private const int Chunk = 32;
    private readonly WeightedBag _films = new(films, threads);
    private readonly WeightedBag? _content = content is null ? null : new WeightedBag(content.Rows, threads);
    private WatchedFilms[] _histories = [];
    private FeatureBag[] _bags = [];
    private float[] _scales = [];

    /// <summary>Columns of S and G side by side.</summary>
    public int Columns => films.Columns + (content?.Rows.Columns ?? 0);

    /// <summary>S, batch × stride of the films.</summary>
    public float[] Films { get; private set; } = [];

    /// <summary>G, batch × stride of the content; empty without content.</summary>
    public float[] Content { get; private set; } = [];

    /// <summary>Sums of a batch; keeps what the way back needs.</summary>
    public void Forward(WatchedFilms[] histories)
    {
        _histories = histories;
        _bags = new FeatureBag[histories.Length];
        _scales = new float[histories.Length];
        float[] ageWeights = ages?.OfBuckets() ?? [];
        for (int n = 0; n < histories.Length; n++) Weigh(n, ageWeights);
        Films = Sum(_films, films.Stride);
        if (content is null) return;
        content.Refresh(histories.SelectMany(history => history.Rows));
        Content = Sum(_content!, content.Rows.Stride);
    }

    /// <summary>Takes the gradients of S and G on to the rows, and to α.</summary>
    public void Backward(float[] filmGradient, float[] contentGradient)
    {
        if (ages is not null) BackwardAges(ages, filmGradient, contentGradient);
        FeatureBag[] scaled = [.. _bags.Zip(_scales, (bag, scale) => bag with { Weights = [.. bag.Weights.Select(weight => weight * scale)] })];
        _films.Backward(scaled, filmGradient, films.Stride);
        if (content is null) return;
        _content!.Backward(scaled, contentGradient, content.Rows.Stride);
        content.Backward();
    }

    private void Weigh(int n, float[] ageWeights)
    {
        WatchedFilms history = _histories[n];
        int[] buckets = ages is null ? [] : AgeWeights.BucketsOf(history);
        float[] weights = new float[history.Rows.Length];
        float squares = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            float age = ages is null ? 1 : ageWeights[buckets[i]];
            weights[i] = history.WeightOf(i) * age;
            squares += weights[i] * age;
        }

        _bags[n] = new FeatureBag(history.Rows, weights);
        _scales[n] = squares == 0 ? 0 : 1 / MathF.Sqrt(squares);
    }

    private float[] Sum(WeightedBag bag, int stride)
    {
        float[] sums = new float[_bags.Length * stride];
        bag.Forward(_bags, sums, stride);
        for (int n = 0; n < _bags.Length; n++) FixedLanes.Scale(sums.AsSpan(n * stride, stride), _scales[n]);
        return sums;
    }

    /// <summary>
    /// With s = 1/√(Σ w a²): ∂S/∂a = s w e − s² w a S, the same for G, and ∂a/∂α = 10 a. Summed over
    /// the watches of a history first, then over histories in their order.
    /// </summary>
    private void BackwardAges(AgeWeights ages, float[] filmGradient, float[] contentGradient)
    {
        float[] parts = new float[_bags.Length * AgeWeights.Buckets];
        DeterministicParallel.For(_bags.Length, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> part = parts.AsSpan(n * AgeWeights.Buckets, AgeWeights.Buckets);
                AddAges(n, films, Films, filmGradient, part);
                if (content is not null) AddAges(n, content.Rows, Content, contentGradient, part);
            }
        });
        Span<float> gradient = ages.Parameter.Gradient.AsSpan(0, AgeWeights.Buckets);
        for (int n = 0; n < _bags.Length; n++) FixedLanes.Add(gradient, AgeWeights.Gain, parts.AsSpan(n * AgeWeights.Buckets, AgeWeights.Buckets));
    }

    private void AddAges(int n, Parameter rows, float[] sums, float[] gradients, Span<float> part)
    {
        (int[] of, float[] weights) = _bags[n];
        int[] buckets = AgeWeights.BucketsOf(_histories[n]);
        ReadOnlySpan<float> gradient = gradients.AsSpan(n * rows.Stride, rows.Stride);
        float along = FixedLanes.Dot(gradient, sums.AsSpan(n * rows.Stride, rows.Stride)), scale = _scales[n];
        for (int i = 0; i < of.Length; i++)
        {
            float own = FixedLanes.Dot(gradient, rows.Value.AsSpan(of[i] * rows.Stride, rows.Stride));
            part[buckets[i]] += scale * weights[i] * (own - (scale * weights[i] / _histories[n].WeightOf(i) * along));
        }
    }
}
