using System.Diagnostics.CodeAnalysis;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// What a caller may do: an access and the resource that it holds for. Written <c>read</c>, <c>write</c> or <c>admin</c>,
/// and with a resource <c>write:films</c>.
/// </summary>
/// <param name="Access">What may be done.</param>
/// <param name="Resource">The name of a collection, or null for all.</param>
public sealed record CallScope(CallAccess Access, string? Resource = null)
{
    /// <summary>Reads a scope; false if it is none of ours (a token may carry scopes for other services).</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CallScope? scope)
    {
        scope = null;
        if (string.IsNullOrEmpty(text)) return false;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        CallAccess access = (colon < 0 ? text : text[..colon]) switch
        {
            "read" => CallAccess.Read,
            "write" => CallAccess.Write,
            "admin" => CallAccess.Admin,
            _ => CallAccess.None,
        };
        if (access == CallAccess.None || colon == text.Length - 1) return false;
        scope = new CallScope(access, colon < 0 ? null : text[(colon + 1)..]);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string access = Access switch
        {
            CallAccess.Read => "read",
            CallAccess.Write => "write",
            CallAccess.Admin => "admin",
            _ => "none",
        };
        return Resource is null ? access : $"{access}:{Resource}";
    }
}
