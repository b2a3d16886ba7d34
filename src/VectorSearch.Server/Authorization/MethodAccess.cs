using Google.Protobuf.Reflection;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Server.Authorization;

/// <summary>
/// What a method needs, by its name: the API names what looks Get, List, Query and so on. A method that no rule knows
/// needs the most, so that one that is added later is never open by mistake.
/// </summary>
internal static class MethodAccess
{
    private const string Package = "vectorsearch.";

    private static readonly string[] Looking =
        ["Get", "List", "Watch", "Wait", "Query", "Search", "Scroll", "Count", "Facet", "Explain", "Estimate", "Encode", "Export", "Diff"];

    /// <summary>What a method needs of its caller. The standard services (health, reflection) are open.</summary>
    public static CallAccess Of(MethodDescriptor method)
    {
        if (!method.FullName.StartsWith(Package, StringComparison.Ordinal)) return CallAccess.None;
        if (Looking.Any(word => method.Name.StartsWith(word, StringComparison.Ordinal))) return CallAccess.Read;
        return method.Service.Name is "Points" or "Transfer" ? CallAccess.Write : CallAccess.Admin;
    }
}
