import grpc from '@grpc/grpc-js';
import { setTimeout as pause } from 'node:timers/promises';
import { errorOf } from './errors.js';
import { defaultRetry, pauseBefore } from './retry.js';

// A reply is as large as what was asked for; the server bounds it.
const MAX_REPLY_BYTES = 256 << 20;

/** A channel to a server, and its calls by the retry policy. */
export class Transport {
  constructor(target, { timeoutMs = 30_000, retry = {}, credentials = grpc.credentials.createInsecure(), metadata = {} } = {}) {
    this.target = target;
    this.timeoutMs = timeoutMs;
    this.retry = { ...defaultRetry, ...retry };
    this._metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(metadata)) this._metadata.set(name, value);
    this._client = new grpc.Client(target, credentials, {
      'grpc.max_receive_message_length': MAX_REPLY_BYTES,
      'grpc.max_send_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
      // The policy here repeats calls; a second one below it would multiply the attempts.
      'grpc.enable_retries': 0,
    });
  }

  close() {
    this._client.close();
  }

  /** Sends one request. `method` is a definition of proto-loader; `options` may have timeoutMs and signal. */
  unary(method, request, options) {
    return this._attempts(options, (callOptions, done) => this._client.makeUnaryRequest(
      method.path, method.requestSerialize, method.responseDeserialize, request, this._metadata, callOptions, done));
  }

  /** Sends the requests of `source()`, a new async iterable for each attempt, at the pace that the connection takes them. */
  clientStream(method, source, options) {
    return this._attempts(options, (callOptions, done) => {
      const call = this._client.makeClientStreamRequest(
        method.path, method.requestSerialize, method.responseDeserialize, this._metadata, callOptions, done);
      send(call, source()).catch((error) => call.destroy(error));
      return call;
    });
  }

  /** Opens a stream each way, which lasts as long as its caller wants. */
  duplex(method) {
    return this._client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, this._metadata);
  }

  async _attempts({ timeoutMs = this.timeoutMs, signal } = {}, start) {
    signal?.throwIfAborted();
    const deadline = Date.now() + timeoutMs;
    for (let attempts = 1; ; attempts++) {
      const { status, reply } = await this._attempt(start, deadline, signal);
      if (status === null) return reply;
      signal?.throwIfAborted();
      const wait = pauseBefore(this.retry, attempts, status);
      if (wait === null || Date.now() + wait >= deadline) throw errorOf(status, { target: this.target, timeoutMs, attempts });
      await pause(wait, undefined, { signal });
    }
  }

  _attempt(start, deadline, signal) {
    return new Promise((resolve) => {
      const cancel = () => call.cancel();
      const call = start({ deadline }, (status, reply) => {
        signal?.removeEventListener('abort', cancel);
        resolve({ status, reply });
      });
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }
}

async function send(call, requests) {
  for await (const request of requests) {
    if (!call.write(request)) await new Promise((resolve) => call.once('drain', resolve));
  }
  call.end();
}
