using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>Faults of storage in the words of this project.</summary>
internal static class StorageFaults
{
    public static VectorSearchException Translate(string collection, StorageException fault) => fault.Failure switch
    {
        StorageFailure.Held => new(
            ErrorCode.FailedPrecondition, $"The directory '{fault.File}' is held by another process: end that one, or choose another directory.", fault),
        StorageFailure.Refused => new(ErrorCode.ReadOnly, $"The disk refused an operation of the collection '{collection}': {fault.Message}", fault),
        _ => new(ErrorCode.Damaged, $"The collection '{collection}' is damaged: {fault.Message}", fault),
    };
}
