using System.Text;

namespace VectorSearch.Grpc;

/// <summary>
/// One name and its value. A name that ends in <c>-bin</c> has bytes, which travel as base64; any other has printable
/// ASCII text.
/// </summary>
public readonly record struct GrpcMetadataEntry
{
    private readonly object _value;

    internal GrpcMetadataEntry(string name, string text) => (Name, _value) = (name, text);

    internal GrpcMetadataEntry(string name, byte[] bytes) => (Name, _value) = (name, bytes);

    /// <summary>The name, in lower case.</summary>
    public string Name { get; }

    /// <summary>True when the value is bytes.</summary>
    public bool IsBinary => _value is byte[];

    /// <summary>The text; of a binary entry its base64 form.</summary>
    public string Value => _value as string ?? BinaryHeader.Encode((byte[])_value);

    /// <summary>The bytes; of a text entry its ASCII codes. Not to be changed.</summary>
    public byte[] Bytes => _value as byte[] ?? Encoding.ASCII.GetBytes((string)_value);
}
