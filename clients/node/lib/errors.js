import grpc from '@grpc/grpc-js';

/** A call that did not end well. `code` is its gRPC status by name, such as NOT_FOUND. */
export class VectorSearchError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'VectorSearchError';
    this.code = code;
    /** Of an upsert in several pieces: how many rows were acknowledged before this error. */
    this.upserted = 0;
  }
}

/** The error for a status, with the advice that only the caller's side can give. */
export function errorOf(status, { target, timeoutMs, attempts }) {
  const code = grpc.status[status.code] ?? 'UNKNOWN';
  let message = status.details || code;
  if (code === 'UNAVAILABLE') {
    message += ` (${attempts} attempts). Does a server run at ${target}? Start one with 'vectorsearch serve', and give its`
      + ' gRPC port, not its HTTP port.';
  } else if (code === 'DEADLINE_EXCEEDED') {
    message += ` after ${timeoutMs} ms and ${attempts} attempt(s). Give the call a greater timeoutMs, or ask for less at once.`;
  } else if (code === 'FAILED_PRECONDITION' && message.includes('context.space_id')) {
    message += ' If the collection was made anew or rebuilt, take client.points(name) again: it learns the space that is there now.';
  }
  return new VectorSearchError(code, message, { cause: status });
}
