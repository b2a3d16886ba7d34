import { randomUUID } from 'node:crypto';
import * as columns from './columns.js';
import { VectorSearchError } from './errors.js';
import { readPayload, writePayload } from './payload.js';
import { Points as service } from './protos.js';

const DURABILITIES = { committed: 'DURABILITY_COMMITTED', applied: 'DURABILITY_APPLIED' };

// Bytes of a request beside its rows, and of a row beside its vector, features, payload and the text of its id.
const HEAD_BYTES = 4096;
const ROW_BYTES = 16;

/**
 * The points of one collection. It learns the collection's space from the first answer and names it in every call after
 * that, so that vectors of another space are refused instead of compared. It reads its own writes: each read asks for at
 * least the newest write that this object was acknowledged.
 */
export class Points {
  constructor(transport, collection, { spaceId = '', maxMessageBytes }) {
    this.collection = collection;
    this.spaceId = spaceId;
    this.lsn = 0n;
    this._transport = transport;
    this._maxMessageBytes = maxMessageBytes;
  }

  /**
   * Inserts or replaces points and returns how many. More than fits in a message goes in several calls, each of which is
   * done whole or not at all; if one fails, the error's `upserted` says how many rows were acknowledged before.
   */
  async upsert({ ids, vectors, dimension, features, payloads, durability }, options) {
    const column = columns.idColumn(ids);
    const count = columns.columnLength(column);
    if ((vectors === undefined) === (features === undefined)) throw new TypeError('upsert: give vectors or features, one of them');
    const rows = vectors === undefined ? null : columns.matrix(vectors, dimension ?? (count > 0 ? vectors.length / count : 0));
    expectLength(rows === null ? 'features' : 'vectors', rows === null ? features.length : rows.rows, count);
    if (payloads !== undefined) expectLength('payloads', payloads.length, count);
    const bodies = payloads?.map(writePayload);

    let upserted = 0;
    for (const [start, end] of this._pieces(column, rows, features, bodies)) {
      const request = {
        context: this._context({ write: true }),
        collection: this.collection,
        ids: columns.columnSlice(column, start, end),
        payloads: bodies?.slice(start, end),
        durability: durabilityOf(durability),
        ...(rows === null ? { features: { rows: features.slice(start, end) } } : { vectors: columns.matrixMessage(rows, start, end) }),
      };
      try {
        const reply = await this._call(service.Upsert, request, options);
        upserted += Number(reply.upserted);
        this._acknowledged(reply);
      } catch (error) {
        if (error instanceof VectorSearchError) error.upserted = upserted;
        throw error;
      }
    }
    return upserted;
  }

  /** Points by their ids. NOT_FOUND names the first that is missing, unless `skipMissing`. */
  async get(ids, { withPayload = true, withVectors = false, skipMissing = false, ...options } = {}) {
    const reply = await this._call(service.Get, {
      context: this._context(), collection: this.collection, ids: columns.idColumn(ids),
      with_payload: withPayload, with_vectors: withVectors, skip_missing: skipMissing,
    }, options);
    return pointsOf(reply, withPayload);
  }

  /** All points, in no particular order, fetched page by page. Points written meanwhile may or may not be seen. */
  async* scroll({ withPayload = true, withVectors = false, pageSize = 0, ...options } = {}) {
    const request = {
      context: this._context(), collection: this.collection, limit: pageSize, with_payload: withPayload, with_vectors: withVectors,
    };
    do {
      const reply = await this._call(service.Scroll, request, options);
      yield* pointsOf(reply, withPayload);
      request.page_token = reply.next_page_token;
    } while (request.page_token);
  }

  /** Deletes points and returns how many were there. */
  async delete(ids, { durability, ...options } = {}) {
    const reply = await this._call(service.Delete, {
      context: this._context({ write: true }), collection: this.collection, ids: columns.idColumn(ids),
      durability: durabilityOf(durability),
    }, options);
    this._acknowledged(reply);
    return Number(reply.deleted);
  }

  /** How many points there are. */
  async count(options) {
    const reply = await this._call(service.Count, { context: this._context(), collection: this.collection }, options);
    return Number(reply.points);
  }

  /**
   * The nearest points for one or more queries: by vectors, by ids of points ("more like this"; a point is not its own
   * answer), or by features that the collection's model encodes.
   */
  async query({ vectors, dimension, ids, features, limit = 0, ef = 0, exact = false, withPayload = false, withVectors = false,
    excludeHistory = false }, options) {
    if ([vectors, ids, features].filter((by) => by !== undefined).length !== 1) {
      throw new TypeError('query: give vectors, ids or features, one of them');
    }
    const request = {
      context: this._context(), collection: this.collection, limit, options: { ef, exact },
      with_payload: withPayload, with_vectors: withVectors, exclude_history: excludeHistory,
    };
    if (vectors !== undefined) {
      const rows = columns.matrix(vectors, dimension);
      request.vectors = columns.matrixMessage(rows, 0, rows.rows);
    } else if (ids !== undefined) {
      request.ids = columns.idColumn(ids);
    } else {
      request.features = { rows: features };
    }
    return queryResult(await this._call(service.Query, request, options), withPayload);
  }

  /** Pairs of first and last-plus-one row that fit into a message. A row too large for any goes alone, to be refused. */
  * _pieces(column, rows, features, bodies) {
    const count = columns.columnLength(column);
    const budget = this._maxMessageBytes - HEAD_BYTES;
    const empty = { context: null };
    let start = 0;
    let total = 0;
    for (let row = 0; row < count; row++) {
      let size = ROW_BYTES;
      if (column.strings) size += Buffer.byteLength(column.strings[row]);
      size += rows === null
        ? service.Upsert.requestSerialize({ ...empty, features: { rows: [features[row]] } }).length
        : rows.dim * Float32Array.BYTES_PER_ELEMENT;
      if (bodies) size += service.Upsert.requestSerialize({ ...empty, payloads: [bodies[row]] }).length;
      if (row > start && total + size > budget) {
        yield [start, row];
        start = row;
        total = 0;
      }
      total += size;
    }
    if (count > start) yield [start, count];
  }

  _context({ write = false } = {}) {
    return { space_id: this.spaceId, request_id: write ? randomUUID() : '', min_lsn: write ? '0' : String(this.lsn) };
  }

  _acknowledged(reply) {
    const lsn = BigInt(reply.context?.lsn ?? 0);
    if (lsn > this.lsn) this.lsn = lsn;
  }

  async _call(method, request, options) {
    const reply = await this._transport.unary(method, request, options);
    this.spaceId ||= reply.context?.space_id ?? '';
    return reply;
  }
}

function queryResult(reply, withPayload) {
  const ids = columns.idsOf(reply.ids);
  const vectors = columns.floatsOf(reply.vectors);
  const dim = reply.vectors?.dim ?? 0;
  const queries = [];
  let first = 0;
  for (const count of reply.counts) {
    queries.push(ids.slice(first, first + count).map((id, i) => ({
      ...point(id, first + i, withPayload ? reply.payloads : null, vectors, dim), score: reply.scores[first + i],
    })));
    first += count;
  }
  return {
    queries,
    spaceId: reply.context?.space_id ?? '',
    generation: BigInt(reply.context?.generation ?? 0),
    lsn: BigInt(reply.context?.lsn ?? 0),
    distances: BigInt(reply.cost?.distances ?? 0),
  };
}

function pointsOf(reply, withPayload) {
  const vectors = columns.floatsOf(reply.vectors);
  const dim = reply.vectors?.dim ?? 0;
  return columns.idsOf(reply.ids).map((id, row) => point(id, row, withPayload ? reply.payloads : null, vectors, dim));
}

function point(id, row, payloads, vectors, dim) {
  const made = { id };
  if (payloads) made.payload = readPayload(payloads[row]);
  if (vectors) made.vector = vectors.subarray(row * dim, (row + 1) * dim);
  return made;
}

function durabilityOf(durability) {
  if (durability === undefined) return 'DURABILITY_UNSPECIFIED';
  if (!(durability in DURABILITIES)) throw new TypeError(`durability: '${durability}' came, expected 'committed' or 'applied'`);
  return DURABILITIES[durability];
}

function expectLength(field, came, ids) {
  if (came !== ids) throw new RangeError(`${field}: ${came} came, expected one for each of the ${ids} ids`);
}
