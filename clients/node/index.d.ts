import type { ChannelCredentials } from '@grpc/grpc-js';

/** Squared Euclidean scores are distances (smallest first); the others similarities (greatest first). */
export type Metric = 'squared_euclidean' | 'cosine' | 'inner_product';
/** Whether a collection's points are named by numbers or by strings. Fixed at its creation. */
export type IdKind = 'number' | 'string';
/** When a write is acknowledged: on disk and findable, or findable. */
export type Durability = 'committed' | 'applied';

/** As answers have it: a number of 64 bits, or a string. */
export type PointId = bigint | string;
/** All numbers (a plain number up to 2^53) or all strings. */
export type Ids = ArrayLike<bigint | number> | readonly string[] | bigint | number | string;
/** rows × dimension numbers (sent as they lie), rows of numbers, or one row. */
export type Vectors = Float32Array | readonly (readonly number[] | Float32Array)[] | readonly number[];

/** A place on Earth, in degrees. */
export class GeoPoint {
  constructor(latitude: number, longitude: number);
  latitude: number;
  longitude: number;
}

/** Microseconds since 1970-01-01T00:00:00Z. */
export class Timestamp {
  constructor(microseconds: bigint | number | string);
  microseconds: bigint;
  /** The same time as a Date, which has milliseconds only. */
  toDate(): Date;
}

/** A 64-bit integer is a bigint and a number a double, both ways. A Date goes in and comes back as a Timestamp. */
export type PayloadValue =
  | null | boolean | bigint | number | string | Uint8Array | GeoPoint | Timestamp | Date | readonly PayloadValue[];
export type Payload = { readonly [field: string]: PayloadValue };

/** What a model makes a vector from: one of these. */
export type Features =
  | { history: { items: readonly string[]; weights?: readonly number[] } }
  | { sparse: { names: readonly string[]; values?: readonly number[] } }
  | { text: string }
  | { media: { data: Uint8Array; content_type: string } };

export interface RetryPolicy {
  /** Attempts in all; 5. */
  attempts?: number;
  /** Pause before the second attempt, doubled each time; 100. */
  firstPauseMs?: number;
  /** Longest pause; 5000. */
  maxPauseMs?: number;
}

export interface ClientOptions {
  /** For a whole call, retries included; 30,000. */
  timeoutMs?: number;
  retry?: RetryPolicy;
  /** The server's limit; larger upserts go in pieces. 4 MiB. */
  maxMessageBytes?: number;
  /** For TLS; without it the connection is plain. */
  credentials?: ChannelCredentials;
  /** Sent with every call, such as an API key. */
  metadata?: Record<string, string>;
}

export interface CallOptions {
  timeoutMs?: number;
  /** Cancels the call, and the pauses between its attempts. */
  signal?: AbortSignal;
}

/** A call that did not end well. The message says what came, what was expected and what to do. */
export class VectorSearchError extends Error {
  /** The gRPC status by name, such as NOT_FOUND. */
  readonly code: string;
  /** Of an upsert in several pieces: how many rows were acknowledged before this error. */
  upserted: number;
}

export interface Collection {
  name: string;
  dimension: number;
  metric: Metric;
  idKind: IdKind;
  spaceId: string;
  model: string;
  question: string;
  /** recovering, serving, read_only or damaged; `detail` says why. */
  state: string;
  detail: string;
  points: number;
  generation: bigint;
  lsn: bigint;
}

export interface NewCollection {
  name: string;
  dimension: number;
  metric: Metric;
  idKind: IdKind;
  /** client:name@version for vectors of your own, sha256:… for a model's. */
  spaceId: string;
  hnsw?: { m?: number; efConstruction?: number; ef?: number; seed?: number | bigint };
  model?: string;
  question?: string;
}

export interface Collections {
  create(collection: NewCollection, options?: CallOptions): Promise<Collection>;
  get(name: string, options?: CallOptions): Promise<Collection>;
  list(options?: CallOptions): Promise<Collection[]>;
  delete(name: string, options?: CallOptions): Promise<void>;
}

export interface Model {
  digest: string;
  kind: string;
  /** The model card, as JSON. */
  card: string;
  bytes: number;
  questions: { name: string; spaceId: string; dimension: number; metric: Metric; rows: number }[];
}

export interface Models {
  /** Uploads a model file in pieces. The same model twice is no error. */
  put(path: string, options?: CallOptions): Promise<Model>;
  get(digest: string, options?: CallOptions): Promise<Model>;
  list(options?: CallOptions): Promise<Model[]>;
}

export interface Point {
  id: PointId;
  payload?: Record<string, PayloadValue>;
  /** A view of the reply's matrix. */
  vector?: Float32Array;
}

export interface Hit extends Point {
  score: number;
}

export interface Upsert {
  ids: Ids;
  vectors?: Vectors;
  /** Of each vector; worked out from the ids if left out. */
  dimension?: number;
  /** Instead of vectors, one per id, for the collection's model. */
  features?: readonly Features[];
  /** One per id. */
  payloads?: readonly (Payload | null)[];
  durability?: Durability;
}

export interface Query {
  vectors?: Vectors;
  /** Needed with a Float32Array that holds more than one query. */
  dimension?: number;
  /** "More like these points", one query each. */
  ids?: Ids;
  features?: readonly Features[];
  /** Answers per query, 1 to 10,000; 0 means 10. */
  limit?: number;
  /** Candidates kept during the walk; 0 means the collection's default. */
  ef?: number;
  /** Compare with every point instead of walking the graph. */
  exact?: boolean;
  withPayload?: boolean;
  withVectors?: boolean;
  excludeHistory?: boolean;
}

export interface QueryResult {
  /** The answers of each query, the nearest first. */
  queries: Hit[][];
  spaceId: string;
  generation: bigint;
  lsn: bigint;
  /** Distances computed, over all queries of the call. */
  distances: bigint;
}

/** The points of one collection. */
export interface Points {
  readonly collection: string;
  /** Named in every call; learned from the first answer if it was not given. */
  spaceId: string;
  /** Of the newest write that this object was acknowledged; its reads ask for at least that. */
  lsn: bigint;
  upsert(points: Upsert, options?: CallOptions): Promise<number>;
  get(ids: Ids, options?: CallOptions & { withPayload?: boolean; withVectors?: boolean; skipMissing?: boolean }): Promise<Point[]>;
  /** All points, in no particular order, fetched page by page; `timeoutMs` is for a page. */
  scroll(options?: CallOptions & { withPayload?: boolean; withVectors?: boolean; pageSize?: number }): AsyncGenerator<Point, void, void>;
  delete(ids: Ids, options?: CallOptions & { durability?: Durability }): Promise<number>;
  count(options?: CallOptions): Promise<number>;
  query(query: Query, options?: CallOptions): Promise<QueryResult>;
}

/** Speaks to one server. Make one and keep it. */
export class VectorSearchClient {
  /** @param target host:port of the server's gRPC port; 127.0.0.1:6410 if left out */
  constructor(target?: string, options?: ClientOptions);
  readonly collections: Collections;
  readonly models: Models;
  points(collection: string, options?: { spaceId?: string }): Points;
  /** Ends the connections. */
  close(): void;
}
