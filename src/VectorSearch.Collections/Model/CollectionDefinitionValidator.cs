using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Checks what a collection shall be, before anything is made.</summary>
internal static class CollectionDefinitionValidator
{
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.InvalidArgument"/>, with every fault in the message.</exception>
    public static void Check(CollectionDefinition definition)
    {
        List<(string Field, string Actual, string Expected)> faults = [];
        if (!IsName(definition.Name)) faults.Add(("name", $"'{definition.Name}'", ExpectedName));

        Range("dimension", definition.Dimension, CollectionLimits.Dimension);
        Range("m", definition.M, CollectionLimits.M);
        Range("ef_construction", definition.EfConstruction, CollectionLimits.EfConstruction);
        Range("ef", definition.Ef, CollectionLimits.Ef);
        Range("commit_interval_ms", definition.CommitIntervalMs, CollectionLimits.CommitIntervalMs);
        Defined("metric", definition.Metric);
        Defined("index", definition.Index);
        Defined("id_kind", definition.IdKind);
        Defined("durability", definition.Durability);
        if (definition.Space.IsEmpty) faults.Add(("space_id", "none", "sha256:… of a learned space or client:name@version"));
        if (definition.Model.Length == 0 != (definition.Question.Length == 0))
            faults.Add(("question", $"'{definition.Question}' with model '{definition.Model}'", "both a model and its question, or neither"));
        if (faults.Count == 0) return;
        (string field, string actual, string expected) = faults[0];
        throw faults.Count == 1
            ? VectorSearchException.Invalid(field, actual, expected)
            : new VectorSearchException(
                ErrorCode.InvalidArgument, string.Join(" ", faults.Select(fault => $"{fault.Field}: got {fault.Actual}, expected {fault.Expected}.")));

        void Range(string field, long value, Limit limit)
        {
            if (!limit.Allows(value)) faults.Add((field, $"{value}", limit.ToString()));
        }

        void Defined<T>(string field, T value)
            where T : struct, Enum
        {
            if (!Enum.IsDefined(value)) faults.Add((field, $"{value}", $"one of {string.Join(", ", Enum.GetNames<T>())}"));
        }
    }

    /// <exception cref="VectorSearchException"><see cref="ErrorCode.InvalidArgument"/>, naming the field.</exception>
    public static void CheckName(string name, string field)
    {
        if (!IsName(name)) throw VectorSearchException.Invalid(field, $"'{name}'", ExpectedName);
    }

    public static HnswOptions ToHnswOptions(CollectionDefinition definition) => new()
    {
        Dimension = definition.Dimension,
        Metric = definition.Metric,
        M = definition.M,
        EfConstruction = definition.EfConstruction,
        EfSearch = definition.Ef,
        Seed = definition.Seed,

        // A scan of everything reads the rows themselves.
        ByteCodes = definition.Index == IndexKind.Hnsw,
    };

    private static string ExpectedName => $"{CollectionLimits.NameLength} letters, digits, '.', '_' and '-', the first a letter or digit";

    private static bool IsName(string name)
    {
        if (!CollectionLimits.NameLength.Allows(name.Length) || !char.IsAsciiLetterOrDigit(name[0])) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
        }

        return true;
    }
}
