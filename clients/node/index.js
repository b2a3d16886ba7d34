import fs from 'node:fs';
import { Generations } from './lib/generations.js';
import { Points } from './lib/points.js';
import * as columns from './lib/columns.js';
import {
  Collections as collectionsService, Encoders as encodersService, Models as modelsService, Operations as operationsService,
} from './lib/protos.js';
import { Transport } from './lib/transport.js';

export { VectorSearchError } from './lib/errors.js';
export { GeoPoint, Timestamp } from './lib/payload.js';

const METRICS = { squared_euclidean: 'METRIC_SQUARED_EUCLIDEAN', cosine: 'METRIC_COSINE', inner_product: 'METRIC_INNER_PRODUCT' };
const ID_KINDS = { number: 'ID_KIND_NUMBER', string: 'ID_KIND_STRING' };
const INDEXES = { hnsw: 'INDEX_KIND_HNSW', exact: 'INDEX_KIND_EXACT', sealed: 'INDEX_KIND_SEALED' };
const DURABILITIES = { committed: 'DURABILITY_COMMITTED', applied: 'DURABILITY_APPLIED' };
const CHUNK_BYTES = 1 << 20;

/** Speaks to one server. Make one and keep it. */
export class VectorSearchClient {
  constructor(target = '127.0.0.1:6410', { maxMessageBytes = 4 << 20, ...options } = {}) {
    this._transport = new Transport(target, options);
    this._maxMessageBytes = maxMessageBytes;
    this.collections = new Collections(this._transport);
    this.models = new Models(this._transport);
    this.generations = new Generations(this._transport);
  }

  points(collection, { spaceId } = {}) {
    return new Points(this._transport, collection, { spaceId, maxMessageBytes: this._maxMessageBytes });
  }

  close() {
    this._transport.close();
  }
}

/** Creates, describes, lists and deletes collections. */
class Collections {
  constructor(transport) {
    this._transport = transport;
  }

  async create({ name, dimension, metric, idKind, spaceId, hnsw = {}, index = 'hnsw', model = '', question = '' }, options) {
    const { m = 0, efConstruction = 0, ef = 0, seed = 0 } = hnsw;
    const collection = {
      name, dimension, metric: choose('metric', metric, METRICS), id_kind: choose('idKind', idKind, ID_KINDS), space_id: spaceId,
      hnsw: { m, ef_construction: efConstruction, ef, seed: String(seed) }, index: choose('index', index, INDEXES), model, question,
    };
    return described((await this._transport.unary(collectionsService.CreateCollection, { collection }, options)).collection);
  }

  async get(name, options) {
    return described((await this._transport.unary(collectionsService.GetCollection, { name }, options)).collection);
  }

  async list(options) {
    return (await this._transport.unary(collectionsService.ListCollections, {}, options)).collections.map(described);
  }

  async delete(name, options) {
    await this._transport.unary(collectionsService.DeleteCollection, { name }, options);
  }

  /** Changes what may change after creation: the beam and the durability that hold where a call says nothing. */
  async update(name, { ef, durability }, options) {
    const collection = { name };
    const paths = [];
    if (ef !== undefined) {
      collection.hnsw = { ef };
      paths.push('hnsw.ef');
    }
    if (durability !== undefined) {
      collection.durability = choose('durability', durability, DURABILITIES);
      paths.push('durability');
    }
    return described((await this._transport.unary(collectionsService.UpdateCollection, { collection, update_mask: { paths } }, options)).collection);
  }

  /** Counts and sizes: the CollectionStatistics message, 64-bit numbers as text. */
  async statistics(name, options) {
    return (await this._transport.unary(collectionsService.GetStatistics, { name }, options)).statistics;
  }

  /** Writes a snapshot; the Operation message once it has ended or the server's wait is over. */
  async snapshot(name, options) {
    const { operation } = await this._transport.unary(collectionsService.SnapshotCollection, { name }, options);
    return (await this._transport.unary(operationsService.WaitOperation, { name: operation.name }, options)).operation;
  }

  /** Makes aliases or moves them, all at one moment: alias to collection. */
  async setAliases(aliases, options) {
    const actions = Object.entries(aliases).map(([name, collection]) => ({ set: { name, collection } }));
    await this._transport.unary(collectionsService.UpdateAliases, { actions }, options);
  }

  /** Removes an alias; its collection stays. */
  async removeAlias(alias, options) {
    await this._transport.unary(collectionsService.UpdateAliases, { actions: [{ remove: alias }] }, options);
  }

  /** All aliases, and the collections that they mean. */
  async aliases(options) {
    const { aliases } = await this._transport.unary(collectionsService.ListAliases, {}, options);
    return Object.fromEntries(aliases.map(({ name, collection }) => [name, collection]));
  }
}

/** Uploads, describes and lists models. */
class Models {
  constructor(transport) {
    this._transport = transport;
  }

  async put(path, options) {
    async function* requests() {
      for await (const chunk of fs.createReadStream(path, { highWaterMark: CHUNK_BYTES })) yield { chunk };
    }
    return modelOf((await this._transport.clientStream(modelsService.PutModel, requests, options)).model);
  }

  async get(digest, options) {
    return modelOf((await this._transport.unary(modelsService.GetModel, { digest }, options)).model);
  }

  async list(options) {
    return (await this._transport.unary(modelsService.ListModels, {}, options)).models.map(modelOf);
  }

  /** Deletes a model that no collection needs. */
  async delete(digest, options) {
    await this._transport.unary(modelsService.DeleteModel, { digest }, options);
  }

  /** The vectors that a collection's model makes of features, row by row, and the space that they are in. */
  async encode(collection, features, options) {
    const reply = await this._transport.unary(encodersService.Encode, { collection, features: { rows: features } }, options);
    return { vectors: columns.floatsOf(reply.vectors), dimension: reply.vectors?.dim ?? 0, spaceId: reply.context?.space_id ?? '' };
  }
}

function choose(field, value, choices) {
  if (!Object.hasOwn(choices, value)) throw new TypeError(`${field}: '${value}' came, expected one of ${Object.keys(choices).join(', ')}`);
  return choices[value];
}

const nameOf = (value, choices) => Object.keys(choices).find((name) => choices[name] === value) ?? '';

function described(message) {
  const { name, dimension, space_id: spaceId, model, question, status } = message;
  return {
    name, dimension, spaceId, model, question,
    metric: nameOf(message.metric, METRICS), idKind: nameOf(message.id_kind, ID_KINDS),
    state: (status?.state ?? '').replace(/^STATE_/, '').toLowerCase(), detail: status?.detail ?? '',
    points: Number(status?.points ?? 0), generation: BigInt(status?.generation ?? 0), lsn: BigInt(status?.lsn ?? 0),
  };
}

function modelOf({ digest, kind, questions, card, bytes }) {
  return {
    digest, kind, card, bytes: Number(bytes),
    questions: questions.map((question) => ({
      name: question.name, spaceId: question.space_id, dimension: question.dimension,
      metric: nameOf(question.metric, METRICS), rows: Number(question.rows),
    })),
  };
}
