import { VectorSearchError } from './errors.js';
import { idColumn as columnOf } from './columns.js';
import { Generations as service, Operations as operations } from './protos.js';

const DECISIONS = { gate: 'DECISION_GATE', promote: 'DECISION_PROMOTE', hold: 'DECISION_HOLD' };
const INDEXES = { hnsw: 'INDEX_KIND_HNSW', exact: 'INDEX_KIND_EXACT', sealed: 'INDEX_KIND_SEALED' };
const GLANCE = { seconds: '0', nanos: 200_000_000 };
const CODES = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'];

/**
 * Rebuilds collections with other models, and promotes, compares and takes back what was rebuilt. What is not said
 * otherwise is a message of protos/vectorsearch/v1/generations.proto, with 64-bit numbers as text.
 */
export class Generations {
  constructor(transport) {
    this._transport = transport;
  }

  /** All generations of a collection, the newest first. */
  async list(collection, options) {
    return (await this._transport.unary(service.ListGenerations, { collection }, options)).generations;
  }

  /** A generation; 0 for the one that answers. */
  async get(collection, number = 0, options) {
    return (await this._transport.unary(service.GetGeneration, { collection, number: String(number) }, options)).generation;
  }

  /** Where the vectors of a new generation would come from; nothing is done. */
  async plan(collection, rebuild = {}, options) {
    return (await this._transport.unary(service.Rebuild, { ...requestOf(collection, rebuild), validate_only: true }, options)).plan;
  }

  /** Builds the next generation, lets the gate judge it, and waits for what becomes of it. */
  async rebuild(collection, { progress, ...rebuild } = {}, options) {
    let { operation } = await this._transport.unary(service.Rebuild, requestOf(collection, rebuild), options);
    for await (operation of this.watch(operation.name, options)) progress?.(operation);
    if (operation.state === 'STATE_FAILED') throw new VectorSearchError(CODES[operation.fault.code] ?? 'UNKNOWN', operation.fault.message);
    if (operation.state !== 'STATE_SUCCEEDED') throw new VectorSearchError('CANCELLED', `the rebuild ${operation.name} was cancelled`);
    const { generation, promoted, report } = operation.rebuild;
    return {
      generation: BigInt(generation), promoted, verdict: report.verdict.replace(/^VERDICT_/, '').toLowerCase(), reasons: report.reasons, report,
    };
  }

  /** An operation now, then whenever it changes, and last when it has ended. A restart of the server is only a pause. */
  async* watch(name, options) {
    let told;
    while (true) {
      const { operation } = await this._transport.unary(operations.WaitOperation, { name, timeout: GLANCE }, options);
      const now = JSON.stringify(operation);
      if (now !== told) yield operation;
      if (operation.state !== 'STATE_RUNNING') return;
      told = now;
    }
  }

  /** Asks an operation to stop. */
  async cancel(name, options) {
    return (await this._transport.unary(operations.CancelOperation, { name }, options)).operation;
  }

  /** Lets a generation answer that was built and does not; 0 for the newest such. */
  async promote(collection, number = 0, { acceptMissing = false, ...options } = {}) {
    const request = { collection, number: String(number), accept_missing: acceptMissing };
    return (await this._transport.unary(service.PromoteGeneration, request, options)).generation;
  }

  /** Lets the generation answer again that answered before, and returns it. */
  async rollback(collection, { acceptMissing = false, ...options } = {}) {
    return (await this._transport.unary(service.RollbackGeneration, { collection, accept_missing: acceptMissing }, options)).generation;
  }

  /** Gives up a generation that does not answer; its record and report stay. */
  async retire(collection, number, options) {
    return (await this._transport.unary(service.RetireGeneration, { collection, number: String(number) }, options)).generation;
  }

  /** Compares two generations as the gate does, and shows what changed the most. */
  diff(collection, { from = 0, to = 0, examples = 0 } = {}, options) {
    return this._transport.unary(service.DiffGenerations, { collection, from: String(from), to: String(to), examples }, options);
  }

  /** Whether queries may still send vectors of the space before, for `timeMs` (0: until switched off). */
  async updateBridge(collection, enabled, { timeMs = 0, ...options } = {}) {
    const request = { collection, enabled, time: timeMs ? durationOf(timeMs) : undefined };
    return (await this._transport.unary(service.UpdateBridge, request, options)).bridge;
  }
}

function requestOf(collection, {
  model = '', question = '', index, hnsw = {}, decision = 'gate', rules, judgements = [], bridge = false, bridgeMs = 0, carryByBridge = false, cpuPercent = 0, memoryBytes = 0,
}) {
  if (!Object.hasOwn(DECISIONS, decision)) throw new TypeError(`decision: '${decision}' came, expected one of ${Object.keys(DECISIONS).join(', ')}`);
  if (index !== undefined && !Object.hasOwn(INDEXES, index)) throw new TypeError(`index: '${index}' came, expected one of ${Object.keys(INDEXES).join(', ')}`);
  const { m = 0, efConstruction = 0, ef = 0, seed = 0 } = hnsw;
  return {
    collection, model, question, index: INDEXES[index] ?? 'INDEX_KIND_UNSPECIFIED', hnsw: { m, ef_construction: efConstruction, ef, seed: String(seed) },
    decision: DECISIONS[decision], rules, bridge, bridge_time: bridgeMs ? durationOf(bridgeMs) : undefined, carry_by_bridge: carryByBridge, cpu_percent: cpuPercent, memory_bytes: String(memoryBytes),
    judgements: judgements.map(({ query, relevant }) => ({ query, relevant: columnOf(relevant) })),
  };
}

const durationOf = (milliseconds) => ({ seconds: String(Math.floor(milliseconds / 1000)), nanos: Math.round((milliseconds % 1000) * 1e6) });
