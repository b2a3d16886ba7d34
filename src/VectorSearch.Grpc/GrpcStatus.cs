using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace VectorSearch.Grpc;

/// <summary>
/// How a call ended: a code, a message for people, and details for programs (<c>google.rpc.Status</c>, which travels in
/// the trailer <c>grpc-status-details-bin</c>).
/// </summary>
/// <param name="Code">The outcome.</param>
/// <param name="Message">What went wrong and what to do; empty when all is well.</param>
public sealed record GrpcStatus(GrpcStatusCode Code, string Message = "")
{
    /// <summary>The status of a call that did what was asked.</summary>
    public static GrpcStatus Ok { get; } = new(GrpcStatusCode.Ok);

    /// <summary>A serialized <c>google.rpc.Status</c>, or empty.</summary>
    public ByteString Details { get; init; } = ByteString.Empty;

    /// <summary>
    /// The same status with details, such as <see cref="ErrorModel.ErrorInfo"/>, <see cref="ErrorModel.BadRequest"/> and
    /// <see cref="ErrorModel.RetryInfo"/>.
    /// </summary>
    public GrpcStatus WithDetails(params IReadOnlyList<IMessage> details)
    {
        var model = new ErrorModel.Status { Code = (int)Code, Message = Message };
        foreach (IMessage detail in details) model.Details.Add(Any.Pack(detail));
        return this with { Details = model.ToByteString() };
    }

    /// <summary>Finds the first detail of a type; false if there is none or the details are damaged.</summary>
    public bool TryGetDetail<T>([NotNullWhen(true)] out T? detail) where T : class, IMessage<T>, new()
    {
        detail = null;
        foreach (Any any in UnpackDetails())
        {
            if (!any.TryUnpack(out T unpacked)) continue;
            detail = unpacked;
            return true;
        }

        return false;
    }

    /// <summary>Code and message on one line.</summary>
    public override string ToString() => Message.Length == 0 ? Code.ToString() : $"{Code}: {Message}";

    /// <summary>All details; none if they are damaged.</summary>
    internal IReadOnlyList<Any> UnpackDetails()
    {
        if (Details.IsEmpty) return [];
        try
        {
            return ErrorModel.Status.Parser.ParseFrom(Details).Details;
        }
        catch (InvalidProtocolBufferException)
        {
            // The peer's details are not ours to trust; the code and the message stand without them.
            return [];
        }
    }
}
