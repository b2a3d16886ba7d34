using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Import;

/// <summary>One point on its way into a collection: its id, what its vector is or is made from, and its payload.</summary>
/// <param name="Id">The id as text; a collection of numbers parses it.</param>
/// <param name="Vector">Its vector; null when it comes as features.</param>
/// <param name="Features">What the collection's model makes the vector from; null when it comes as a vector.</param>
/// <param name="Payload">What is stored beside it; null for nothing.</param>
/// <param name="Origin">Where it stands, for messages: file and line or row.</param>
internal sealed record ImportRow(string Id, float[]? Vector, Features? Features, IReadOnlyDictionary<string, object?>? Payload, string Origin);
