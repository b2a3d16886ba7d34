using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Kestrel's limits of a request's body, where the limits of messages take their place.</summary>
internal static class BodyLimits
{
    /// <summary>
    /// A call's body may be longer than a form's, and a stream may rest: size and pace are those of
    /// <see cref="MessageReaderLimits"/>. Unary calls keep Kestrel's data rate besides.
    /// </summary>
    internal static void LeaveToMessages(ServerCall call)
    {
        IFeatureCollection features = call.Http.Features;
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        bool streams = call.Method.Kind is GrpcMethodKind.ClientStream or GrpcMethodKind.Duplex;
        if (streams && features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
    }
}
