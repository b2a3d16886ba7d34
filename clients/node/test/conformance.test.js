// Runs clients/conformance/cases.json against the server at TEST_SERVER; clients/run.sh starts one.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { test } from 'node:test';
import { GeoPoint, Timestamp, VectorSearchClient } from '../index.js';

const { cases } = JSON.parse(fs.readFileSync(new URL('../../conformance/cases.json', import.meta.url), 'utf8'));

function pattern({ rows, dim, first }) {
  return Array.from({ length: rows }, (_, row) => Float32Array.from({ length: dim }, (__, j) => {
    const i = first + row;
    return ((7919 * i + 104729 * j + 31 * i * i * (j + 1)) % 2003 - 1001) / 1001;
  }));
}

const vectorsOf = (value) => value.pattern ? pattern(value.pattern) : value.map((row) => Float32Array.from(row, Number));

function idsOf(value, kind) {
  if (!Array.isArray(value)) return Array.from({ length: value.count }, (_, i) => BigInt(value.from + i));
  return value.map(kind === 'string' ? String : BigInt);
}

const payloadKinds = {
  integer: BigInt, binary: (hex) => Buffer.from(hex, 'hex'), list: (items) => items.map(payloadValue),
  geo: ([latitude, longitude]) => new GeoPoint(latitude, longitude), datetime: (microseconds) => new Timestamp(microseconds),
};

function payloadValue(value) {
  const [[kind, content]] = Object.entries(value);
  return kind in payloadKinds ? payloadKinds[kind](content) : content;
}

const payloadsOf = (payloads) => payloads?.map((payload) => Object.fromEntries(
  Object.entries(payload).map(([name, value]) => [name, payloadValue(value)])));

/** Does the steps of one case and keeps what the collections' points need between them. */
class Conformer {
  constructor(client, prefix) {
    this.client = client;
    this.prefix = prefix;
    this.kinds = new Map();
    this.points = new Map();
  }

  async run(step) {
    if (!step.error) {
      this.check(step.expect ?? {}, await this[step.do](step), step);
      return;
    }
    await assert.rejects(Promise.resolve().then(() => this[step.do](step)), (error) => {
      assert.equal(error.code, step.error.code, error.message);
      for (const mention of step.error.mentions) assert.ok(error.message.includes(mention), `'${mention}' in: ${error.message}`);
      return true;
    });
  }

  name = ({ collection }) => this.prefix + collection;

  of(step) {
    const name = this.name(step);
    if (step.fresh || step.space) return this.client.points(name, { spaceId: step.space });
    if (!this.points.has(name)) this.points.set(name, this.client.points(name));
    return this.points.get(name);
  }

  ids = (step) => idsOf(step.ids, step.id_kind ?? this.kinds.get(this.name(step)));

  describeAll = ({ dimension, metric, idKind, spaceId, points }) => ({ dimension, metric, id_kind: idKind, space: spaceId, points });

  async create(step) {
    if (!this.kinds.has(this.name(step))) this.kinds.set(this.name(step), step.id_kind);
    const { m, ef_construction: efConstruction, ef, seed } = step.hnsw ?? {};
    return this.describeAll(await this.client.collections.create({
      name: this.name(step), dimension: step.dimension, metric: step.metric, idKind: step.id_kind, spaceId: step.space,
      hnsw: { m, efConstruction, ef, seed },
    }));
  }

  describe = async (step) => this.describeAll(await this.client.collections.get(this.name(step)));

  async list() {
    const names = (await this.client.collections.list()).map(({ name }) => name);
    return { collections: names.filter((name) => name.startsWith(this.prefix)).map((name) => name.slice(this.prefix.length)) };
  }

  drop = (step) => this.client.collections.delete(this.name(step));

  upsert = async (step) => ({
    upserted: await this.of(step).upsert({ ids: this.ids(step), vectors: vectorsOf(step.vectors), payloads: payloadsOf(step.payloads) }),
  });

  async get(step) {
    const found = await this.of(step).get(this.ids(step), {
      withPayload: step.with_payload ?? false, withVectors: step.with_vectors, skipMissing: step.skip_missing,
    });
    return this.columns(found);
  }

  async scroll(step) {
    const found = [];
    for await (const point of this.of(step).scroll({
      withPayload: step.with_payload ?? false, withVectors: step.with_vectors, pageSize: step.page_size,
    })) found.push(point);
    return this.columns(found.sort((a, b) => (a.id < b.id ? -1 : 1)));
  }

  columns = (points) => ({
    ids: points.map(({ id }) => id), vectors: points.map(({ vector }) => vector), payloads: points.map(({ payload }) => payload),
  });

  delete = async (step) => ({ deleted: await this.of(step).delete(this.ids(step)) });

  count = async (step) => ({ points: await this.of(step).count() });

  async query(step) {
    const by = step.ids ? { ids: this.ids(step) } : { vectors: vectorsOf(step.vectors) };
    const { queries, spaceId } = await this.of(step).query({
      ...by, limit: step.limit, ef: step.ef, exact: step.exact, withPayload: step.with_payload, withVectors: step.with_vectors,
    });
    const column = (name) => queries.map((hits) => hits.map((hit) => hit[name]));
    return { counts: queries.map((hits) => hits.length), space: spaceId, ids: column('id'), scores: column('score'), vectors: column('vector') };
  }

  check(expected, actual, step) {
    const kind = step.collection && this.kinds.get(this.name(step));
    for (const [name, value] of Object.entries(expected)) {
      switch (name) {
        case 'ids':
          assert.deepEqual(actual.ids, step.do === 'query' ? value.map((row) => idsOf(row, kind)) : idsOf(value, kind));
          break;
        case 'payloads':
          assert.deepEqual(actual.payloads, payloadsOf(value));
          break;
        case 'vectors':
          assert.deepEqual(actual.vectors, step.do === 'query' ? value.map(vectorsOf) : vectorsOf(value));
          break;
        case 'scores':
          assert.deepEqual(actual.scores.map((row) => row.length), value.map((row) => row.length));
          value.flat().forEach((want, i) => {
            const have = actual.scores.flat()[i];
            assert.ok(Math.abs(want - have) <= 1e-5 * Math.max(1, Math.abs(want)), `score ${i} is ${have}, expected ${want}`);
          });
          break;
        default:
          assert.deepEqual(actual[name], value, name);
      }
    }
  }
}

// Without a server these are not there at all; clients/run.sh says so when it cannot start one.
if (process.env.TEST_SERVER) {
  for (const { name, steps } of cases) {
    test(name, async () => {
      const client = new VectorSearchClient(process.env.TEST_SERVER);
      const conformer = new Conformer(client, `js-${randomUUID().slice(0, 8)}-`);
      try {
        for (const [index, step] of steps.entries()) {
          await conformer.run(step).catch((error) => {
            error.message = `step ${index + 1}, ${step.do}: ${error.message}`;
            throw error;
          });
        }
      } finally {
        client.close();
      }
    });
  }
}
