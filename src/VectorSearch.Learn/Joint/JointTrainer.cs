using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Trains a <see cref="JointEncoder"/>: in each batch every pair of columns that stand together in at least two rows is drawn together.</summary>
internal sealed class JointTrainer
{
    private const ulong TowerSalt = 0x51ed2701;

    private readonly JointTable _table;
    private readonly JointOptions _options;
    private readonly JointTower[] _towers;
    private readonly (int A, int B)[] _pairs;
    private readonly Parameter _scales;
    private readonly Optimiser _optimiser;
    private readonly CollapseDetector _collapse;

    public JointTrainer(JointTable table, JointOptions options)
    {
        (_table, _options) = (table, options);
        _towers = [.. table.Columns.Select((column, c) => Tower(column.Kind, table.Items[c], options, (ulong)c * TowerSalt))];
        int columns = table.Columns.Count;
        _pairs = [.. Enumerable.Range(0, columns).SelectMany(a => Enumerable.Range(a + 1, columns - a - 1).Select(b => (a, b)))
            .Where(pair => table.Rows.Count(row => row[pair.a] >= 0 && row[pair.b] >= 0) >= 2)];
        if (_pairs.Length == 0) throw new LearningException("No two columns stand together in two rows: there is nothing to bring together.");
        _scales = new Parameter("scales", _pairs.Length, 1, sparse: false);
        for (int p = 0; p < _pairs.Length; p++) _scales.Table.Writable(p)[0] = (float)Math.Log(1 / options.Temperature);
        _optimiser = new Optimiser(OptimiserKind.Adam, options.LearningRate, options.Decay, options.Threads);
        _collapse = new CollapseDetector(options.Dimension);
    }

    public JointEncoder Run(IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int[] order = [.. Enumerable.Range(0, _table.Rows.Count)];
        int batches = (order.Length + _options.Batch - 1) / _options.Batch;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            new Xoshiro256(_options.Seed, (ulong)epoch).Shuffle(order.AsSpan());
            double loss = 0;
            for (int b = 0; b < batches; b++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _optimiser.Rate = _options.LearningRate * (1 - ((epoch + ((double)b / batches)) / _options.Epochs));
                int from = b * _options.Batch;
                loss += Step(order[from..Math.Min(order.Length, from + _options.Batch)], epoch) / batches;
            }

            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch + 1} is {loss} at learning rate {_options.LearningRate}: lower the learning rate.");
            _collapse.EndEpoch(epoch + 1, _options.LearningRate);
            progress?.Report(new LearnProgress("train", epoch + 1, _options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }

        return new JointEncoder(_table.Columns, _towers, Centres(), _options.Dimension);
    }

    /// <summary>The mean of the unit vectors of each column's things.</summary>
    private VectorTable[] Centres()
    {
        VectorTable[] none = [.. _towers.Select(_ => new VectorTable(1, _options.Dimension))];
        JointEncoder plain = new(_table.Columns, _towers, none, _options.Dimension);
        return [.. _table.Columns.Select((column, c) =>
        {
            VectorTable vectors = plain.EncodeAll(column, _table.Items[c], _options.Threads), centre = new(1, _options.Dimension);
            for (int n = 0; n < vectors.Rows; n++) FixedLanes.Add(centre.Writable(0), 1f / vectors.Rows, vectors[n]);
            return centre;
        })];
    }

    private static JointTower Tower(JointKind kind, JointItems items, JointOptions options, ulong salt) => kind switch
    {
        JointKind.Text => BagTower.OfTexts(items.Names, options, salt),
        JointKind.Image => DenseTower.OfImages(items.Images, options, salt),
        JointKind.Audio => DenseTower.OfClips(items.Clips, options, salt),
        _ => BagTower.OfIds(items.Names, options, salt),
    };

    private double Step(int[] batch, int epoch)
    {
        int stride = NormalEquations.Stride(_options.Dimension);
        int[][] rowsOf = [.. _towers.Select((_, c) => batch.Where(row => _table.Rows[row][c] >= 0).ToArray())];
        float[][] unit = new float[_towers.Length][], norms = new float[_towers.Length][], gradients = new float[_towers.Length][];
        for (int c = 0; c < _towers.Length; c++)
        {
            unit[c] = rowsOf[c].Length == 0 ? [] : [.. _towers[c].Forward([.. rowsOf[c].Select(row => _table.Rows[row][c])], _options.Seed, epoch).AsSpan(0, rowsOf[c].Length * stride)];
            (norms[c], gradients[c]) = (new float[rowsOf[c].Length], new float[unit[c].Length]);
            for (int n = 0; n < rowsOf[c].Length; n++)
            {
                Span<float> vector = unit[c].AsSpan(n * stride, stride);
                _collapse.Add(vector[.._options.Dimension]);
                norms[c][n] = MathF.Sqrt(FixedLanes.Dot(vector, vector)) + 1e-12f;
                FixedLanes.Scale(vector, 1 / norms[c][n]);
            }
        }

        double loss = 0;
        for (int p = 0; p < _pairs.Length; p++) loss += PairStep(p, rowsOf, unit, gradients, stride);
        List<Parameter> stepped = [_scales];
        for (int c = 0; c < _towers.Length; c++)
        {
            if (rowsOf[c].Length == 0) continue;
            ThroughLength(gradients[c], unit[c], norms[c], stride);
            _towers[c].Backward(gradients[c], rowsOf[c].Length);
            stepped.AddRange(_towers[c].Parameters);
        }

        _optimiser.Step(stepped);
        for (int p = 0; p < _pairs.Length; p++) _scales.Table.Writable(p)[0] = Math.Clamp(_scales.Table[p][0], 0, (float)Math.Log(JointOptions.MaxScale));
        return loss / _pairs.Length;
    }

    /// <summary>Adds the gradients of one pair of columns.</summary>
    private double PairStep(int pair, int[][] rowsOf, float[][] unit, float[][] gradients, int stride)
    {
        (int a, int b) = _pairs[pair];
        int[] placesA = Places(rowsOf[a], b), placesB = Places(rowsOf[b], a);
        if (placesA.Length < 2) return 0;
        int[] groups = [.. placesA.Select(n => _table.GroupOf[rowsOf[a][n]])];
        float[] vectorsA = Gather(unit[a], placesA, stride), vectorsB = Gather(unit[b], placesB, stride);
        float scale = VectorFunctions.Exp(_scales.Table[pair][0]);
        double loss = ContrastiveLoss.Run(vectorsA, vectorsB, stride, groups, scale, _options.Threads, out double scaleGradient);
        _scales.Gradient[pair * _scales.Stride] += (float)scaleGradient;
        Scatter(vectorsA, placesA, gradients[a], stride);
        Scatter(vectorsB, placesB, gradients[b], stride);
        return loss;

        int[] Places(int[] rows, int other) => [.. Enumerable.Range(0, rows.Length).Where(n => _table.Rows[rows[n]][other] >= 0)];
    }

    private static float[] Gather(float[] from, int[] places, int stride)
    {
        float[] gathered = new float[places.Length * stride];
        for (int n = 0; n < places.Length; n++) from.AsSpan(places[n] * stride, stride).CopyTo(gathered.AsSpan(n * stride));
        return gathered;
    }

    private static void Scatter(float[] added, int[] places, float[] to, int stride)
    {
        for (int n = 0; n < places.Length; n++) FixedLanes.Add(to.AsSpan(places[n] * stride, stride), 1, added.AsSpan(n * stride, stride));
    }

    /// <summary>Gradient through x ↦ x/‖x‖: (g − (g·x̂) x̂) / ‖x‖.</summary>
    private static void ThroughLength(float[] gradients, float[] unit, float[] norms, int stride)
    {
        for (int n = 0; n < norms.Length; n++)
        {
            Span<float> gradient = gradients.AsSpan(n * stride, stride);
            ReadOnlySpan<float> own = unit.AsSpan(n * stride, stride);
            FixedLanes.Add(gradient, -FixedLanes.Dot(gradient, own), own);
            FixedLanes.Scale(gradient, 1 / norms[n]);
        }
    }
}
