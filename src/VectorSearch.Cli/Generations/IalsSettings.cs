using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Generations;

/// <summary>The hyper-parameters of iALS that <c>rebuild --learn</c> lets be set, named as <c>learn interactions</c> names them.</summary>
internal static class IalsSettings
{
    private static readonly Dictionary<string, Func<IalsOptions, double, IalsOptions>> Settable = new()
    {
        ["unobserved-weight"] = static (options, value) => options with { UnobservedWeight = value },
        ["regularisation"] = static (options, value) => options with { Regularisation = value },
        ["regularisation-exponent"] = static (options, value) => options with { RegularisationExponent = value },
        ["epochs"] = static (options, value) => options with { Epochs = (int)Math.Clamp(value, int.MinValue, int.MaxValue) },
    };

    public static IEnumerable<string> Names => Settable.Keys;

    /// <summary>Options with settings of the form NAME=VALUE on top.</summary>
    /// <exception cref="CliException">A name is none of <see cref="Names"/>, or a value no number.</exception>
    public static IalsOptions Apply(IalsOptions options, string[] settings)
    {
        try
        {
            foreach ((string name, double value) in LearnReport.ParseSettings(settings))
            {
                if (!Settable.TryGetValue(name, out Func<IalsOptions, double, IalsOptions>? set)) throw new CliException($"--set is '{name}={value}'; expected one of {string.Join(", ", Names)}.");
                options = set(options, value);
            }

            options.Validate();
            return options;
        }
        catch (ArgumentException e)
        {
            throw new CliException(e.Message);
        }
    }
}
