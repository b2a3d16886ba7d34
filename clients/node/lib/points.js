import { randomUUID } from 'node:crypto';
import * as columns from './columns.js';
import { VectorSearchError } from './errors.js';
import { Ingest } from './ingest.js';
import { readPayload, readValue, writePayload } from './payload.js';
import { Points as service } from './protos.js';

const DURABILITIES = { committed: 'DURABILITY_COMMITTED', applied: 'DURABILITY_APPLIED' };

// Bytes of a request beside its rows, and of a row beside its vector, features, payload and the text of its id.
const HEAD_BYTES = 4096;
const ROW_BYTES = 16;

/**
 * The points of one collection. It learns the collection's space from the first answer and names it in every call with
 * vectors after that, so that vectors of another space are refused instead of compared; calls without vectors go on when
 * the collection comes to answer in another space. It reads its own writes: each read asks for at
 * least the newest write that this object was acknowledged.
 */
export class Points {
  constructor(transport, collection, { spaceId = '', maxMessageBytes }) {
    this.collection = collection;
    this.spaceId = spaceId;
    this._named = spaceId;
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
        context: this._context({ write: true, vectors: rows !== null }),
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
  async* scroll({ withPayload = true, withVectors = false, pageSize = 0, filter, ...options } = {}) {
    const request = {
      context: this._context(), collection: this.collection, limit: pageSize, with_payload: withPayload, with_vectors: withVectors, filter,
    };
    do {
      const reply = await this._call(service.Scroll, request, options);
      yield* pointsOf(reply, withPayload);
      request.page_token = reply.next_page_token;
    } while (request.page_token);
  }

  /** Deletes points, by ids or as `{ filter }`, and returns how many were there. */
  async delete(which, { durability, ...options } = {}) {
    const reply = await this._call(service.Delete, {
      context: this._context({ write: true }), collection: this.collection, ...selected(which), durability: durabilityOf(durability),
    }, options);
    this._acknowledged(reply);
    return Number(reply.deleted);
  }

  /**
   * Changes the payloads of points, by ids or as `{ filter }`, and returns how many were there. One of `set` (these fields, the
   * others stay), `replace` (the whole payload) and `remove` (names of fields).
   */
  async updatePayload(which, { set, replace, remove, durability, ...options }) {
    if ([set, replace, remove].filter((change) => change !== undefined).length !== 1) {
      throw new TypeError('updatePayload: give set, replace or remove, one of them');
    }
    const change = set ? { set: writePayload(set) } : replace ? { replace: writePayload(replace) } : { remove: { names: remove } };
    const reply = await this._call(service.UpdatePayload, {
      context: this._context({ write: true }), collection: this.collection, ...selected(which), ...change, durability: durabilityOf(durability),
    }, options);
    this._acknowledged(reply);
    return Number(reply.updated);
  }

  /** How many points there are, or how many a filter lets through. */
  async count({ filter, ...options } = {}) {
    const reply = await this._call(service.Count, { context: this._context(), collection: this.collection, filter }, options);
    return Number(reply.points);
  }

  /** The values of a payload field with the number of points that have each, most frequent first. */
  async facet(field, { limit = 0, filter, ...options } = {}) {
    const reply = await this._call(service.Facet, { context: this._context(), collection: this.collection, field, limit, filter }, options);
    return reply.counts.map(({ value, points }) => [readValue(value), Number(points)]);
  }

  /**
   * The nearest points for one or more queries: by vectors, by ids of points ("more like this"; a point is not its own
   * answer), by features that the collection's model encodes, by examples, by histories of ids, or by fusion of prefetches.
   */
  async query(query, options) {
    return queryResult(await this._call(service.Query, this._query(query), options), query.withPayload ?? false);
  }

  /** Runs a query and tells how: plan, cost, time of each phase, recall; the ExplainReply message. */
  explain(query, options) {
    return this._call(service.Explain, { query: this._query(query) }, options);
  }

  /** Measures recall on queries of late and points of the collection; the EstimateRecallReply message. */
  estimateRecall({ samples = 0, limit = 0, ef = 0, exact = false, targetRecall = 0, filter } = {}, options) {
    return this._call(service.EstimateRecall, {
      context: this._context(), collection: this.collection, samples, limit, options: { ef, exact, target_recall: targetRecall }, filter,
    }, options);
  }

  /** Opens a stream of writes: the fast way in, resumed after a broken connection. */
  ingest({ session = randomUUID(), durability } = {}) {
    return new Ingest(this._transport, service.Ingest, {
      context: { space_id: this.spaceId }, collection: this.collection, session, durability: durabilityOf(durability),
    }, (batch) => this._batches(batch), (reply) => {
      this.spaceId ||= reply.context?.space_id ?? '';
      this._acknowledged(reply);
    });
  }

  _query({ limit = 0, withPayload = false, payloadFields = [], withVectors = false, group, diversify, ...query }) {
    return {
      context: this._context({ vectors: hasVectors(query) }), collection: this.collection, limit, with_payload: withPayload, payload_fields: payloadFields, with_vectors: withVectors,
      group: group && { field: group.field, size: group.size ?? 0 },
      diversify: diversify && { diversity: diversify.strength, candidates: diversify.candidates ?? 0 },
      ...question(query, 'query'),
    };
  }

  * _batches({ ids, vectors, dimension, features, payloads }) {
    const column = columns.idColumn(ids);
    const count = columns.columnLength(column);
    if ((vectors === undefined) === (features === undefined)) throw new TypeError('ingest: give vectors or features, one of them');
    const rows = vectors === undefined ? null : columns.matrix(vectors, dimension ?? (ArrayBuffer.isView(vectors) ? vectors.length / count : undefined));
    expectLength(rows === null ? 'features' : 'vectors', rows === null ? features.length : rows.rows, count);
    if (payloads !== undefined) expectLength('payloads', payloads.length, count);
    const bodies = payloads?.map(writePayload);
    for (const [start, end] of this._pieces(column, rows, features, bodies)) {
      yield {
        ids: columns.columnSlice(column, start, end), payloads: bodies?.slice(start, end),
        ...(rows === null ? { features: { rows: features.slice(start, end) } } : { vectors: columns.matrixMessage(rows, start, end) }),
      };
    }
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

  _context({ write = false, vectors = false } = {}) {
    return { space_id: vectors ? this.spaceId : this._named, request_id: write ? randomUUID() : '', min_lsn: write ? '0' : String(this.lsn) };
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

/** The parts that a query and a prefetch share, as fields of a message. */
function question({ vectors, dimension, ids, features, examples, histories, fusion, ef = 0, exact = false, targetRecall = 0, filter,
  scoreThreshold, prefetch = [], excludeHistory = false, limit }, name) {
  if ([vectors, ids, features, examples, histories, fusion].filter((by) => by !== undefined).length !== 1) {
    throw new TypeError(`${name}: give vectors, ids, features, examples, histories or fusion, one of them`);
  }
  const message = {
    options: { ef, exact, target_recall: targetRecall }, filter, exclude_history: excludeHistory,
    prefetch: prefetch.map((inner) => question(inner, 'prefetch')),
  };
  if (limit !== undefined) message.limit = limit;
  if (scoreThreshold !== undefined) message.score_threshold = scoreThreshold;
  if (vectors !== undefined) {
    const rows = columns.matrix(vectors, dimension);
    message.vectors = columns.matrixMessage(rows, 0, rows.rows);
  } else if (ids !== undefined) {
    message.ids = columns.idColumn(ids);
  } else if (features !== undefined) {
    message.features = { rows: features };
  } else if (examples !== undefined) {
    message.examples = { rows: examples.map(({ positive, negative, positiveVectors, negativeVectors }) => ({
      positive: positive && columns.idColumn(positive), negative: negative && columns.idColumn(negative),
      positive_vectors: matrixOf(positiveVectors), negative_vectors: matrixOf(negativeVectors),
    })) };
  } else if (histories !== undefined) {
    message.histories = { rows: histories.map((history) => ({ ids: columns.idColumn(history) })) };
  } else {
    message.fusion = { k: fusion };
  }
  return message;
}

const hasVectors = ({ vectors, examples = [], prefetch = [] }) => vectors !== undefined || prefetch.some(hasVectors)
  || examples.some(({ positiveVectors, negativeVectors }) => positiveVectors !== undefined || negativeVectors !== undefined);

function matrixOf(vectors) {
  if (vectors === undefined) return undefined;
  const rows = columns.matrix(vectors);
  return columns.matrixMessage(rows, 0, rows.rows);
}

// An array of ids has a method of that name.
const selected = (which) => (typeof which?.filter !== 'object' ? { ids: columns.idColumn(which) } : { filter: which.filter });

function groupsOf(reply) {
  let at = 0;
  return reply.group_counts.map((count) => reply.groups.slice(at, at += count).map(({ value, hits }) => ({ value: readValue(value), hits })));
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
    groups: groupsOf(reply),
    spaceId: reply.context?.space_id ?? '',
    generation: BigInt(reply.context?.generation ?? 0),
    lsn: BigInt(reply.context?.lsn ?? 0),
    distances: BigInt(reply.cost?.distances ?? 0),
    bridgeRecall: reply.context?._bridge_recall ? reply.context.bridge_recall : null,
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
