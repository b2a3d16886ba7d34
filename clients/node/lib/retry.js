import grpc from '@grpc/grpc-js';

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * When a call is repeated. UNAVAILABLE: after firstPauseMs, doubled each time up to maxPauseMs, each pause with a random
 * part so that many clients don't come back at once. RESOURCE_EXHAUSTED: only if the server says when (RetryInfo). A write
 * carries its request id again, so that the server does it once. All of it stays within the call's timeout.
 */
export const defaultRetry = Object.freeze({ attempts: 5, firstPauseMs: 100, maxPauseMs: 5000 });

/** Milliseconds before the next attempt, or null to give up. `attempt` counts from 1. */
export function pauseBefore(policy, attempt, status) {
  if (attempt >= policy.attempts) return null;
  const repeatable = status.code === grpc.status.UNAVAILABLE || status.code === grpc.status.RESOURCE_EXHAUSTED;
  const told = repeatable ? retryDelayMs(status.metadata) : null;
  if (told !== null) return told;
  if (status.code !== grpc.status.UNAVAILABLE) return null;
  return Math.min(policy.maxPauseMs, policy.firstPauseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

/** Milliseconds that the server asks to wait, or null if it says nothing (or nothing that can be read). */
export function retryDelayMs(metadata) {
  const [details] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(details)) return null;
  try {
    // google.rpc.Status: 3 details; Any: 1 type_url, 2 value; RetryInfo: 1 retry_delay; Duration: 1 seconds, 2 nanos.
    for (const any of all(details, 3)) {
      if (all(any, 1)[0]?.toString() !== RETRY_INFO) continue;
      const info = all(any, 2)[0] ?? Buffer.alloc(0);
      const duration = all(info, 1)[0] ?? Buffer.alloc(0);
      return (all(duration, 1)[0] ?? 0) * 1000 + (all(duration, 2)[0] ?? 0) / 1e6;
    }
  } catch (error) {
    // The details are only a hint; the status stands without them.
    if (error instanceof RangeError) return null;
    throw error;
  }
  return null;
}

/** The contents of every field `number` of a message: buffers and varints. RangeError if the message is damaged. */
function all(message, number) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint does not end');
  };
  while (at < message.length) {
    const key = varint();
    let content;
    switch (key & 7) {
      case 0: content = varint(); break;
      case 1: content = take(8); break;
      case 2: content = take(varint()); break;
      case 5: content = take(4); break;
      default: throw new RangeError(`wire type ${key & 7}`);
    }
    if (Math.floor(key / 8) === number) found.push(content);
  }
  return found;

  function take(length) {
    if (length > message.length - at) throw new RangeError(`${length} bytes of ${message.length - at}`);
    at += length;
    return message.subarray(at - length, at);
  }
}
