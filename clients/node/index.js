import fs from 'node:fs';
import { Points } from './lib/points.js';
import { Collections as collectionsService, Models as modelsService } from './lib/protos.js';
import { Transport } from './lib/transport.js';

export { VectorSearchError } from './lib/errors.js';
export { GeoPoint, Timestamp } from './lib/payload.js';

const METRICS = { squared_euclidean: 'METRIC_SQUARED_EUCLIDEAN', cosine: 'METRIC_COSINE', inner_product: 'METRIC_INNER_PRODUCT' };
const ID_KINDS = { number: 'ID_KIND_NUMBER', string: 'ID_KIND_STRING' };
const CHUNK_BYTES = 1 << 20;

/** Speaks to one server. Make one and keep it. */
export class VectorSearchClient {
  constructor(target = '127.0.0.1:6410', { maxMessageBytes = 4 << 20, ...options } = {}) {
    this._transport = new Transport(target, options);
    this._maxMessageBytes = maxMessageBytes;
    this.collections = new Collections(this._transport);
    this.models = new Models(this._transport);
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

  async create({ name, dimension, metric, idKind, spaceId, hnsw = {}, model = '', question = '' }, options) {
    const { m = 0, efConstruction = 0, ef = 0, seed = 0 } = hnsw;
    const collection = {
      name, dimension, metric: choose('metric', metric, METRICS), id_kind: choose('idKind', idKind, ID_KINDS), space_id: spaceId,
      hnsw: { m, ef_construction: efConstruction, ef, seed: String(seed) }, model, question,
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
