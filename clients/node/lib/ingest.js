import grpc from '@grpc/grpc-js';
import { setTimeout as pause } from 'node:timers/promises';
import { errorOf } from './errors.js';
import { idColumn, columnLength } from './columns.js';
import { pauseBefore } from './retry.js';

/**
 * A stream of writes. Batches are done in the order in which they are given, each whole or not at all, and never twice. A
 * write waits only while as many batches are under way as the server allows. When the connection breaks, the stream is
 * opened again by the client's retry policy and goes on behind what the server has done. The same if the server does not
 * take the stream up within the client's timeoutMs. One caller at a time.
 */
export class Ingest {
  constructor(transport, method, start, batches, learn) {
    Object.assign(this, { session: start.session, rows: 0, refused: [], reconnections: 0 });
    this._transport = transport;
    this._method = method;
    this._start = start;
    this._batches = batches;
    this._learn = learn;
    this._open = [];
    this._sequence = 0;
    this._most = 0;
    this._complete = false;
    this._waiting = [];
    this._stop = new AbortController();
    this._running = this._run();
    this._running.catch((error) => { this._fault = error; }).finally(() => { this._over = true; this._wake(); });
  }

  /** Inserts or replaces points, as `upsert` does; more than fits in a message goes in several batches. */
  async write(points) {
    for (const batch of this._batches(points)) await this._add(batch);
  }

  /** Deletes points, after the writes given before and before those given later. */
  async delete(ids) {
    await this._add({ ids: idColumn(ids), delete: true });
  }

  /** Waits until every batch is acknowledged or refused, and ends the stream. */
  async close() {
    this._complete = true;
    this._call?.end();
    await this._running;
    return { rows: this.rows, refused: this.refused };
  }

  /** Ends the stream without waiting for what is under way, which the server may still do. */
  async cancel() {
    this._complete = true;
    this._stop.abort();
    await Promise.allSettled([this._running]);
  }

  async _add(batch) {
    while (!this._over && this._open.length >= this._most) await new Promise((resolve) => this._waiting.push(resolve));
    if (this._fault) throw this._fault;
    if (this._complete) throw new Error('ingest: the stream was closed before');
    batch.sequence = String(++this._sequence);
    this._open.push(batch);
    this._call?.write({ batch });
  }

  async _run() {
    for (let attempts = 1; ; attempts++) {
      const before = this._open[0]?.sequence;
      const status = await this._connect();
      if (status === null) return;
      if (this._open[0]?.sequence !== before) attempts = 1;
      const wait = pauseBefore(this._transport.retry, attempts, status);
      if (wait === null) throw errorOf(status, { target: this._transport.target, timeoutMs: this._transport.timeoutMs, attempts });
      await pause(wait, undefined, { signal: this._stop.signal });
      this.reconnections++;
    }
  }

  /** One connection, to its end: null if all is done, else the status. */
  _connect() {
    return new Promise((resolve) => {
      const call = this._transport.duplex(this._method);
      let late = null;
      const limit = setTimeout(() => {
        late = broken(`The server did not take the stream up within ${this._transport.timeoutMs} ms.`);
        call.cancel();
      }, this._transport.timeoutMs);
      const stop = () => call.cancel();
      this._stop.signal.addEventListener('abort', stop);
      const end = (status) => {
        clearTimeout(limit);
        this._stop.signal.removeEventListener('abort', stop);
        // An error is followed by the end, when the next connection may be open already.
        if (this._call === call) this._call = undefined;
        resolve(late ?? status);
      };
      call.on('data', (reply) => {
        clearTimeout(limit);
        this._take(reply, call);
        this._learn(reply);
        this._wake();
      });
      call.on('error', end);
      call.on('end', () => end(this._complete && this._open.length === 0
        ? null : broken('The server ended the stream before everything was acknowledged.')));
      call.write({ start: this._start });
    });
  }

  _take({ step, started, acknowledged, refused }, call) {
    if (step === 'started') {
      const missing = new Set(started.missing);
      const through = BigInt(started.acknowledged_through);
      this._remove((batch) => BigInt(batch.sequence) <= through && !missing.has(batch.sequence));
      this._most = Math.max(1, started.max_unacknowledged);
      this._call = call;
      for (const batch of this._open) call.write({ batch });
      if (this._complete) call.end();
    } else if (step === 'acknowledged') {
      const through = BigInt(acknowledged.through);
      this._remove((batch) => BigInt(batch.sequence) <= through);
    } else if (step === 'refused') {
      const batch = this._open.find(({ sequence }) => sequence === refused.sequence);
      this._open = this._open.filter((other) => other !== batch);
      this.refused.push({ ids: batch?.ids, code: refused.code, message: refused.message });
    }
  }

  _remove(over) {
    for (const batch of this._open) if (over(batch)) this.rows += columnLength(batch.ids);
    this._open = this._open.filter((batch) => !over(batch));
  }

  _wake() {
    for (const resolve of this._waiting.splice(0)) resolve();
  }
}

/** The status of a stream that ended, without one of the server, before everything was acknowledged. */
function broken(details) {
  return { code: grpc.status.UNAVAILABLE, details, metadata: new grpc.Metadata() };
}
