namespace VectorSearch.Client;

/// <summary>Divides the rows of a request so that each part fits into a message.</summary>
internal static class MessagePieces
{
    /// <summary>Bytes of a request beside its rows: context, names, lengths.</summary>
    private const int HeadBytes = 4096;

    /// <summary>Bytes of a row beside its own: the tags and lengths of its fields.</summary>
    private const int RowBytes = 16;

    /// <summary>Ranges of rows, in order. A row that is too large for any message goes alone, and the server refuses it.</summary>
    public static IEnumerable<Range> Split(int rows, int maxMessageBytes, Func<int, int> rowBytes)
    {
        int start = 0;
        long total = HeadBytes;
        for (int row = 0; row < rows; row++)
        {
            int bytes = RowBytes + rowBytes(row);
            if (row > start && total + bytes > maxMessageBytes)
            {
                yield return start..row;
                start = row;
                total = HeadBytes;
            }

            total += bytes;
        }

        if (rows > start) yield return start..rows;
    }
}
