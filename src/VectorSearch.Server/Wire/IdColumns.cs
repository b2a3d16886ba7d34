using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Columns of ids between messages and points.</summary>
internal static class IdColumns
{
    /// <summary>Reads a column of the collection's kind.</summary>
    /// <exception cref="VectorSearchException">The column is missing, or of the other kind.</exception>
    public static IReadOnlyList<PointId> Read(Proto.IdColumn? column, IdKind kind, string field)
    {
        if (column is null) throw Invalid(field, "nothing", "a column of ids");
        bool numbers = kind == IdKind.Number;
        if ((numbers ? column.Strings.Count : column.Numbers.Count) > 0)
            throw Invalid(field, numbers ? "strings" : "numbers", $"{(numbers ? "numbers" : "strings")}, the kind of id that this collection was created with");
        PointId[] ids = new PointId[numbers ? column.Numbers.Count : column.Strings.Count];
        for (int i = 0; i < ids.Length; i++) ids[i] = numbers ? new PointId(column.Numbers[i]) : new PointId(column.Strings[i]);
        return ids;
    }

    /// <summary>Writes a column.</summary>
    public static Proto.IdColumn Write(IReadOnlyList<PointId> ids)
    {
        Proto.IdColumn column = new();
        if (ids.Count == 0) return column;
        if (ids[0].Kind == IdKind.Number)
        {
            column.Numbers.Capacity = ids.Count;
            for (int i = 0; i < ids.Count; i++) column.Numbers.Add(ids[i].Number);
        }
        else
        {
            column.Strings.Capacity = ids.Count;
            for (int i = 0; i < ids.Count; i++) column.Strings.Add(ids[i].Text);
        }

        return column;
    }

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
