namespace VectorSearch.Learn;

/// <summary>How a clip becomes a log-mel spectrum. All are part of what a model file keeps.</summary>
public sealed record SpectrumOptions
{
    /// <summary>Bands on the mel scale.</summary>
    public int Bands { get; init; } = 40;

    /// <summary>Frames that a clip is brought to, whatever its length.</summary>
    public int Frames { get; init; } = 32;

    /// <summary>Lowest frequency, in Hz.</summary>
    public double LowestHertz { get; init; } = 60;

    /// <summary>Highest frequency, in Hz; at most half the lowest sample rate read, so that every rate gives the same bands.</summary>
    public double HighestHertz { get; init; } = 3_900;

    /// <summary>Length of a frame, in seconds.</summary>
    public double WindowSeconds { get; init; } = 0.032;

    /// <summary>From one frame to the next, in seconds.</summary>
    public double HopSeconds { get; init; } = 0.010;

    /// <summary>Frames at both ends that are this many decibels below the loudest are cut off.</summary>
    public double SilenceDecibels { get; init; } = 30;

    /// <summary>Every fault, each naming the option, what came and what was expected.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (Bands is < 4 or > 256) faults.Add($"{nameof(Bands)} is {Bands}: expected 4 to 256.");
        if (Frames is < 1 or > 1024) faults.Add($"{nameof(Frames)} is {Frames}: expected 1 to 1024.");
        if (!(LowestHertz >= 0 && LowestHertz < HighestHertz && HighestHertz <= WavReader.MinSampleRate / 2.0))
            faults.Add($"{nameof(LowestHertz)} and {nameof(HighestHertz)} are {LowestHertz} and {HighestHertz}: expected rising within 0 to {WavReader.MinSampleRate / 2}.");
        if (!(WindowSeconds is > 0 and <= 1)) faults.Add($"{nameof(WindowSeconds)} is {WindowSeconds}: expected above 0, to 1.");
        if (!(HopSeconds is > 0 and <= 1)) faults.Add($"{nameof(HopSeconds)} is {HopSeconds}: expected above 0, to 1.");
        if (!(SilenceDecibels > 0)) faults.Add($"{nameof(SilenceDecibels)} is {SilenceDecibels}: expected above 0.");
        return faults;
    }

    internal IReadOnlyDictionary<string, double> ToParameters() => new Dictionary<string, double>
    {
        ["bands"] = Bands, ["frames"] = Frames, ["lowest-hertz"] = LowestHertz, ["highest-hertz"] = HighestHertz,
        ["window-seconds"] = WindowSeconds, ["hop-seconds"] = HopSeconds, ["silence-decibels"] = SilenceDecibels,
    };

    internal static SpectrumOptions OfParameters(IReadOnlyDictionary<string, double> parameters) => new()
    {
        Bands = (int)parameters["bands"], Frames = (int)parameters["frames"], LowestHertz = parameters["lowest-hertz"],
        HighestHertz = parameters["highest-hertz"], WindowSeconds = parameters["window-seconds"], HopSeconds = parameters["hop-seconds"],
        SilenceDecibels = parameters["silence-decibels"],
    };
}
