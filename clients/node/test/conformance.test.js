// Runs clients/conformance/cases.json against the server at TEST_SERVER; clients/run.sh starts one.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
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
    this.kept = new Map();
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
      hnsw: { m, efConstruction, ef, seed }, index: step.index, model: step.model, question: step.question,
    }));
  }

  describe = async (step) => this.describeAll(await this.client.collections.get(this.name(step)));

  async list() {
    const names = (await this.client.collections.list()).map(({ name }) => name);
    return { collections: names.filter((name) => name.startsWith(this.prefix)).map((name) => name.slice(this.prefix.length)) };
  }

  drop = (step) => this.client.collections.delete(this.name(step));

  async put_model({ file }) {
    const { digest } = await this.client.models.put(fileURLToPath(new URL(`../../conformance/models/${file}`, import.meta.url)));
    return { digest };
  }

  async encode(step) {
    const { vectors, spaceId } = await this.client.models.encode(this.name(step), [{ history: { items: step.items } }]);
    this.kept.set(step.keep, vectors);
    return { space: spaceId };
  }

  async rebuild(step) {
    const { generation, promoted, verdict } = await this.client.generations.rebuild(this.name(step), { model: step.model, decision: step.decision });
    return { generation: Number(generation), promoted, verdict };
  }

  async generations(step) {
    const all = await this.client.generations.list(this.name(step));
    return { generations: all.map(({ number, state }) => [Number(number), state.replace('STATE_', '').toLowerCase()]) };
  }

  promote = async (step) => ({ generation: Number((await this.client.generations.promote(this.name(step), step.number)).number) });

  rollback = async (step) => ({ generation: Number((await this.client.generations.rollback(this.name(step))).number) });

  retire = async (step) => ({ generation: Number((await this.client.generations.retire(this.name(step), step.number)).number) });

  bridge = async (step) => ({ enabled: (await this.client.generations.updateBridge(this.name(step), step.enabled)).enabled });

  upsert = async (step) => step.histories_of ? ({
    upserted: await this.of(step).upsert({ ids: this.ids(step), features: this.ids(step).map((id) => ({ history: { items: [String(id)] } })) }),
  }) : ({
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
      withPayload: step.with_payload ?? false, withVectors: step.with_vectors, pageSize: step.page_size, filter: step.filter,
    })) found.push(point);
    return this.columns(found.sort((a, b) => (a.id < b.id ? -1 : 1)));
  }

  columns = (points) => ({
    ids: points.map(({ id }) => id), vectors: points.map(({ vector }) => vector), payloads: points.map(({ payload }) => payload),
  });

  which = (step) => (step.filter ? { filter: step.filter } : this.ids(step));

  delete = async (step) => ({ deleted: await this.of(step).delete(this.which(step)) });

  count = async (step) => ({ points: await this.of(step).count({ filter: step.filter }) });

  async update_payload(step) {
    const [set, replace] = [step.set, step.replace].map((payload) => payload && payloadsOf([payload])[0]);
    return { updated: await this.of(step).updatePayload(this.which(step), { set, replace, remove: step.remove }) };
  }

  facet = async (step) => ({ facet: await this.of(step).facet(step.field, { limit: step.limit, filter: step.filter }) });

  alias = (step) => this.client.collections.setAliases({ [this.prefix + step.alias]: this.name(step) });

  unalias = (step) => this.client.collections.removeAlias(this.prefix + step.alias);

  async ingest(step) {
    const [ids, vectors, stream] = [this.ids(step), vectorsOf(step.vectors), this.of(step).ingest()];
    for (let first = 0; first < ids.length; first += step.batch) {
      await stream.write({ ids: ids.slice(first, first + step.batch), vectors: vectors.slice(first, first + step.batch) });
    }
    const { rows, refused } = await stream.close();
    return { rows, refused: refused.length };
  }

  parts(step) {
    const parts = {
      limit: step.limit, ef: step.ef, exact: step.exact, targetRecall: step.target_recall, filter: step.filter, fusion: step.fusion,
      scoreThreshold: step.score_threshold, withPayload: step.with_payload, withVectors: step.with_vectors,
    };
    const ids = (values) => values && idsOf(values, 'number');
    if (step.group) parts.group = { field: step.group[0], size: step.group[1] };
    if (step.diversify) parts.diversify = { strength: step.diversify[0], candidates: step.diversify[1] };
    if (step.examples) parts.examples = step.examples.map(({ positive, negative }) => ({ positive: ids(positive), negative: ids(negative) }));
    if (step.prefetch) {
      parts.prefetch = step.prefetch.map((one) => ({ ...one, ids: ids(one.ids), vectors: one.vectors && vectorsOf(one.vectors) }));
    }
    if (step.ids) parts.ids = this.ids(step);
    if (step.vectors) parts.vectors = vectorsOf(step.vectors);
    if (step.kept) parts.vectors = [this.kept.get(step.kept)];
    return parts;
  }

  async explain(step) {
    const { plan, recall } = await this.of(step).explain(this.parts(step));
    return { kind: plan.kind, matches: Number(plan.matches), recall };
  }

  estimate_recall = async (step) => ({ recall: (await this.of(step).estimateRecall({ limit: step.limit })).recall });

  async query(step) {
    const { queries, groups, spaceId, generation, bridgeRecall } = await this.of(step).query(this.parts(step));
    const column = (name) => queries.map((hits) => hits.map((hit) => hit[name]));
    return {
      counts: queries.map((hits) => hits.length), space: spaceId, generation: Number(generation), bridged: bridgeRecall > 0 && bridgeRecall <= 1, ids: column('id'), scores: column('score'), vectors: column('vector'),
      groups: groups.map((row) => row.map(({ value, hits }) => [value, hits])),
    };
  }

  check(expected, actual, step) {
    const kind = (step.collection && this.kinds.get(this.name(step))) ?? 'number';
    for (const [name, value] of Object.entries(expected)) {
      switch (name) {
        case 'ids':
          assert.deepEqual(actual.ids, step.do === 'query' ? value.map((row) => idsOf(row, kind)) : idsOf(value, kind));
          break;
        case 'facet':
          assert.deepEqual(actual.facet, value.map(([content, points]) => [payloadValue(content), points]));
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
