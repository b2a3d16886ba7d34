namespace VectorSearch.Learn;

/// <summary>A setting tried on a validation part.</summary>
/// <param name="Values">Hyper-parameters by name.</param>
/// <param name="Score">How well it did; higher is better.</param>
public sealed record ValidationTrial(IReadOnlyDictionary<string, double> Values, double Score)
{
    /// <summary>One line for the trail of a model card.</summary>
    public override string ToString() => string.Join(' ', Values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:g4}"))) + FormattableString.Invariant($": {Score:f4}");
}

/// <summary>
/// Coordinate search: one hyper-parameter at a time steps to its neighbouring values for as long as the score rises. The
/// budget counts trials and never time, so the outcome does not depend on the machine.
/// </summary>
internal static class ValidationSearch
{
    /// <summary>Searches from the defaults.</summary>
    /// <param name="parameters">What may be varied.</param>
    /// <param name="fixedValues">Values set by hand, which are not varied.</param>
    /// <param name="trials">Most settings tried; with 0 the defaults are taken untried.</param>
    /// <param name="score">Trains with a setting and scores it; higher is better.</param>
    /// <returns>The best setting, and all that were tried in their order.</returns>
    public static (Dictionary<string, double> Best, List<ValidationTrial> Trail) Run(
        IReadOnlyList<HyperParameter> parameters, IReadOnlyDictionary<string, double> fixedValues, int trials,
        Func<IReadOnlyDictionary<string, double>, double> score)
    {
        Dictionary<string, double> best = parameters.ToDictionary(p => p.Name, p => fixedValues.GetValueOrDefault(p.Name, p.Default));
        List<ValidationTrial> trail = [];
        if (trials == 0) return (best, trail);
        Dictionary<string, double> known = [];
        double top = Try(best);
        bool moved = true;
        while (moved && trail.Count < trials)
        {
            moved = false;
            foreach (HyperParameter parameter in parameters)
            {
                if (fixedValues.ContainsKey(parameter.Name)) continue;
                foreach (int direction in (int[])[1, -1])
                {
                    while (Neighbour(parameter, best[parameter.Name], direction) is { } value && trail.Count < trials)
                    {
                        Dictionary<string, double> next = new(best) { [parameter.Name] = value };
                        double reached = Try(next);
                        if (reached <= top) break;
                        (best, top, moved) = (next, reached, true);
                    }
                }
            }
        }

        return (best, trail);

        double Try(Dictionary<string, double> setting)
        {
            string key = string.Join('|', setting.Values.Select(value => value.ToString("r", System.Globalization.CultureInfo.InvariantCulture)));
            if (known.TryGetValue(key, out double value)) return value;
            value = score(setting);
            known.Add(key, value);
            trail.Add(new ValidationTrial(setting, value));
            return value;
        }
    }

    private static double? Neighbour(HyperParameter parameter, double value, int direction)
    {
        IEnumerable<double> beyond = parameter.Values.Where(v => direction > 0 ? v > value : v < value);
        return beyond.Any() ? direction > 0 ? beyond.Min() : beyond.Max() : null;
    }
}
