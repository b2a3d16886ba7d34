using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Cli.Import;

/// <summary>
/// The name under which a collection remembers how far an import has come: a digest of everything that decides what its
/// batches hold. The same command gives the same name, so it goes on where it was cut.
/// </summary>
internal static class ImportSession
{
    /// <summary>Changes when rows are put into batches in another way.</summary>
    private const string Form = "import-1";

    private const int DigestLetters = 48;

    /// <summary>Reads the files once.</summary>
    /// <param name="collection">The collection's own name.</param>
    /// <param name="choices">What else decides the rows, in a fixed order.</param>
    /// <param name="files">Every file that rows come from.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<string> NameAsync(string collection, IEnumerable<string> choices, IEnumerable<string> files, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in (IEnumerable<string>)[Form, collection, .. choices]) hash.AppendData(Encoding.UTF8.GetBytes(part + "\n"));
        foreach (string file in files)
        {
            await using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan | FileOptions.Asynchronous);
            hash.AppendData(await SHA256.HashDataAsync(stream, cancellation));
        }

        return $"{Form}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..DigestLetters]}";
    }
}
