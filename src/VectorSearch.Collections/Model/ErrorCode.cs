namespace VectorSearch.Collections;

/// <summary>Every fault that a caller can meet by its own doing or by the state of a collection.</summary>
public enum ErrorCode
{
    /// <summary>A field of the request is wrong whatever the state of the collection.</summary>
    InvalidArgument = 1,

    /// <summary>The named collection, point, model or file does not exist.</summary>
    NotFound = 2,

    /// <summary>The name is taken.</summary>
    AlreadyExists = 3,

    /// <summary>The request does not fit the collection: another space, another kind of id, a generation that is gone.</summary>
    FailedPrecondition = 4,

    /// <summary>A named limit is reached: memory budget, size of a record, number of collections.</summary>
    ResourceExhausted = 5,

    /// <summary>The collection answers reads and refuses writes until the cause that its status names is gone.</summary>
    ReadOnly = 6,

    /// <summary>A file is damaged; the message names the file, the offset and what was expected there.</summary>
    Damaged = 7,

    /// <summary>The collection is still recovering, or the catalog is closing. Ask again later.</summary>
    Unavailable = 8,
}
