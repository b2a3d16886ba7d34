using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>An error in the Connect form: an HTTP status, and a JSON body with code, message and details.</summary>
internal static class ConnectError
{
    private const int ClientClosedRequest = 499;
    private const string TypeUrlPrefix = "type.googleapis.com/";

    /// <summary>Writes it whole; with the HTTP status of its code, unless another one says more.</summary>
    internal static async ValueTask WriteAsync(HttpResponse response, GrpcStatus status, int? httpStatus = null)
    {
        (int http, string code) = Name(status.Code);
        response.StatusCode = httpStatus ?? http;
        response.ContentType = ConnectProtocol.JsonContentType;
        var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("code", code);
            if (status.Message.Length > 0) json.WriteString("message", status.Message);
            WriteDetails(json, status);
            json.WriteEndObject();
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length));
        await response.CompleteAsync();
    }

    private static void WriteDetails(Utf8JsonWriter json, GrpcStatus status)
    {
        IReadOnlyList<Any> details = status.UnpackDetails();
        if (details.Count == 0) return;
        json.WriteStartArray("details");
        foreach (Any detail in details)
        {
            json.WriteStartObject();
            json.WriteString("type", detail.TypeUrl.StartsWith(TypeUrlPrefix, StringComparison.Ordinal) ? detail.TypeUrl[TypeUrlPrefix.Length..] : detail.TypeUrl);
            json.WriteString("value", BinaryHeader.Encode(detail.Value.Span));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static (int Http, string Code) Name(GrpcStatusCode code) => code switch
    {
        GrpcStatusCode.Cancelled => (ClientClosedRequest, "canceled"),
        GrpcStatusCode.InvalidArgument => (StatusCodes.Status400BadRequest, "invalid_argument"),
        GrpcStatusCode.DeadlineExceeded => (StatusCodes.Status504GatewayTimeout, "deadline_exceeded"),
        GrpcStatusCode.NotFound => (StatusCodes.Status404NotFound, "not_found"),
        GrpcStatusCode.AlreadyExists => (StatusCodes.Status409Conflict, "already_exists"),
        GrpcStatusCode.PermissionDenied => (StatusCodes.Status403Forbidden, "permission_denied"),
        GrpcStatusCode.ResourceExhausted => (StatusCodes.Status429TooManyRequests, "resource_exhausted"),
        GrpcStatusCode.FailedPrecondition => (StatusCodes.Status400BadRequest, "failed_precondition"),
        GrpcStatusCode.Aborted => (StatusCodes.Status409Conflict, "aborted"),
        GrpcStatusCode.OutOfRange => (StatusCodes.Status400BadRequest, "out_of_range"),
        GrpcStatusCode.Unimplemented => (StatusCodes.Status501NotImplemented, "unimplemented"),
        GrpcStatusCode.Internal => (StatusCodes.Status500InternalServerError, "internal"),
        GrpcStatusCode.Unavailable => (StatusCodes.Status503ServiceUnavailable, "unavailable"),
        GrpcStatusCode.DataLoss => (StatusCodes.Status500InternalServerError, "data_loss"),
        GrpcStatusCode.Unauthenticated => (StatusCodes.Status401Unauthorized, "unauthenticated"),
        _ => (StatusCodes.Status500InternalServerError, "unknown"),
    };
}
