namespace VectorSearch.Grpc;

/// <summary>The names of encodings on the wire.</summary>
internal static class EncodingNames
{
    /// <summary>The header that names the encoding of the sender's compressed messages.</summary>
    internal const string HeaderName = "grpc-encoding";

    /// <summary>The header that names the encodings that the sender can read.</summary>
    internal const string AcceptHeaderName = "grpc-accept-encoding";

    /// <summary>What both our sides accept.</summary>
    internal const string Accepted = "identity,gzip";

    internal const string Gzip = "gzip";
    internal const string Identity = "identity";

    internal static bool TryParse(ReadOnlySpan<char> name, out GrpcEncoding encoding)
    {
        encoding = name is Gzip ? GrpcEncoding.Gzip : GrpcEncoding.Identity;
        return name is Gzip or Identity or "";
    }

    /// <summary>True when a <c>grpc-accept-encoding</c> list has gzip.</summary>
    internal static bool AcceptsGzip(ReadOnlySpan<char> list)
    {
        foreach (Range part in list.Split(','))
        {
            if (list[part].Trim(' ') is Gzip) return true;
        }

        return false;
    }
}
