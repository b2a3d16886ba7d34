using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace VectorSearch.Learn;

/// <summary>What a checkpoint holds of a trainer: its parameters with their moments, and its counters.</summary>
internal interface ITrainerState
{
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Steps, epochs and the state of random numbers.</summary>
    long[] Counters { get; set; }
}

/// <summary>How far the epochs had come.</summary>
internal readonly record struct CheckpointProgress(int Epoch, double BestScore, int BestEpoch, int Worse);

/// <summary>The outcome of a trial that was finished.</summary>
internal sealed record CheckpointTrial(int Epochs, double Score, double Recall);

/// <summary>
/// The state of one training on disk, replaced as a whole after every epoch, so that a killed run goes on from its last
/// epoch to the same bits as an unbroken one. Its name is a digest of data and settings: another run never takes it.
/// </summary>
internal sealed class Checkpoint
{
    private const int Version = 1;
    private const string CounterSection = "counters";

    private readonly string _path;

    private Checkpoint(string path) => _path = path;

    private string State => _path + ".state";

    private string Best => _path + ".best";

    private string Done => _path + ".trial.json";

    /// <summary>The checkpoint of one training; null when the request wants none.</summary>
    public static Checkpoint? For(LearningRequest request, InteractionMethod method, InteractionDataset train, string setting, int epochs, string stage)
    {
        if (request.Checkpoints is not { } folder) return null;
        Directory.CreateDirectory(folder);
        string identity = string.Create(
            CultureInfo.InvariantCulture, $"{method.Name}|{setting}|{epochs}|{request.Seed}|{stage}|{train.ContentHash()}|{request.Features?.ContentHash()}");
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        return new Checkpoint(Path.Combine(folder, $"{stage}-{digest[..24]}"));
    }

    /// <summary>Keeps the state after an epoch.</summary>
    public void Save(ITrainerState state, CheckpointProgress progress)
    {
        List<(string, float[])> arrays = [];
        foreach (Parameter parameter in state.Parameters)
        {
            arrays.Add((parameter.Name, parameter.Value));
            arrays.Add((parameter.Name + ".first", parameter.First));
            arrays.Add((parameter.Name + ".second", parameter.Second));
        }

        long[] counters =
        [
            progress.Epoch, BitConverter.DoubleToInt64Bits(progress.BestScore), progress.BestEpoch, progress.Worse, .. state.Counters,
        ];
        Write(counters, arrays);
    }

    /// <summary>Puts the state back; false when there is none.</summary>
    public bool TryLoad(ITrainerState state, out CheckpointProgress progress)
    {
        progress = default;
        if (!File.Exists(State)) return false;
        Dictionary<string, float[]> arrays = [];
        foreach (Parameter parameter in state.Parameters)
        {
            arrays.Add(parameter.Name, parameter.Value);
            arrays.Add(parameter.Name + ".first", parameter.First);
            arrays.Add(parameter.Name + ".second", parameter.Second);
        }

        long[] counters = Read(arrays);
        progress = new CheckpointProgress((int)counters[0], BitConverter.Int64BitsToDouble(counters[1]), (int)counters[2], (int)counters[3]);
        state.Counters = counters[4..];
        return true;
    }

    /// <summary>Keeps tables after an epoch.</summary>
    public void Save(IReadOnlyList<VectorTable> tables, int epoch) => Write([epoch], [.. tables.Select((table, n) => (TableName(n), table.Values))]);

    /// <summary>Puts tables back; the epoch they are of, 0 when there are none.</summary>
    public int TryLoad(IReadOnlyList<VectorTable> tables) =>
        File.Exists(State) ? (int)Read(tables.Select((table, n) => (Name: TableName(n), table.Values)).ToDictionary(pair => pair.Name, pair => pair.Values))[0] : 0;

    /// <summary>Keeps the best model so far.</summary>
    public void SaveBest(LearnedModel model) => ModelFile.Save(model, Best);

    /// <summary>The best model so far.</summary>
    public LearnedModel LoadBest() => ModelFile.Load(Best);

    /// <summary>Replaces the state of a finished trial by its outcome.</summary>
    public void FinishTrial(CheckpointTrial trial)
    {
        File.WriteAllText(Done + ".tmp", JsonSerializer.Serialize(trial));
        File.Move(Done + ".tmp", Done, overwrite: true);
        File.Delete(State);
        File.Delete(Best);
    }

    /// <summary>The outcome of this trial if it was finished before.</summary>
    public CheckpointTrial? LoadTrial() => File.Exists(Done) ? JsonSerializer.Deserialize<CheckpointTrial>(File.ReadAllText(Done)) : null;

    private static string TableName(int n) => string.Create(CultureInfo.InvariantCulture, $"table.{n}");

    private void Write(long[] counters, List<(string Name, float[] Values)> arrays)
    {
        string temporary = State + ".tmp";
        using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using ModelSectionWriter writer = new(file, Version, 1 + arrays.Count);
            writer.Write(CounterSection, MemoryMarshal.AsBytes(counters.AsSpan()));
            foreach ((string name, float[] values) in arrays) writer.Write(name, MemoryMarshal.AsBytes(values.AsSpan()));
            writer.Finish();
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, State, overwrite: true);
    }

    private long[] Read(Dictionary<string, float[]> arrays)
    {
        using FileStream file = new(State, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        using ModelSectionReader reader = new(file, State, Version);
        long[] counters = [];
        while (reader.TryNext(out string section))
        {
            byte[] bytes = reader.ReadBytes();
            if (section == CounterSection) counters = MemoryMarshal.Cast<byte, long>(bytes).ToArray();
            else if (arrays.TryGetValue(section, out float[]? values) && values.Length * (long)sizeof(float) == bytes.Length)
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
            else throw reader.Fault($"{bytes.Length} bytes that do not fit this training.");
        }

        reader.Finish();
        return counters;
    }
}
