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
  /** hnsw (the graph) if left out, exact, or sealed. */
  index?: 'hnsw' | 'exact' | 'sealed';
  model?: string;
  question?: string;
}

export interface Collections {
  update(name: string, changes: { ef?: number; durability?: Durability }, options?: CallOptions): Promise<Collection>;
  /** The CollectionStatistics message of the protos; 64-bit numbers as text. */
  statistics(name: string, options?: CallOptions): Promise<Record<string, string | number>>;
  /** The Operation message of the protos, once it has ended or the server's wait is over. */
  snapshot(name: string, options?: CallOptions): Promise<Record<string, unknown>>;
  /** Makes aliases or moves them, all at one moment: alias to collection. */
  setAliases(aliases: Record<string, string>, options?: CallOptions): Promise<void>;
  removeAlias(alias: string, options?: CallOptions): Promise<void>;
  aliases(options?: CallOptions): Promise<Record<string, string>>;
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
  /** Deletes a model that no collection needs. */
  delete(digest: string, options?: CallOptions): Promise<void>;
  /** The vectors that a collection's model makes of features, and the space that they are in. */
  encode(collection: string, features: readonly Features[], options?: CallOptions): Promise<{ vectors?: Float32Array; dimension: number; spaceId: string }>;
  get(digest: string, options?: CallOptions): Promise<Model>;
  list(options?: CallOptions): Promise<Model[]>;
}

/** What to rebuild; what is left out stays as it is. */
export interface Rebuild {
  /** Digest of a model that was put. */
  model?: string;
  question?: string;
  index?: 'hnsw' | 'exact' | 'sealed';
  hnsw?: { m?: number; efConstruction?: number; seed?: number | bigint };
  /** gate (if left out) lets the gate decide, promote promotes whatever it says, hold waits for promote(). */
  decision?: 'gate' | 'promote' | 'hold';
  /** The GateRules message: bounds of the rules. */
  rules?: Record<string, number>;
  /** Questions with known answers. */
  judgements?: readonly { query: Features; relevant: Ids }[];
  /** Let queries send vectors of the old space, for bridgeMs (until switched off if left out). */
  bridge?: boolean;
  bridgeMs?: number;
  /** Carry points over the bridge that nothing else carries over. */
  carryByBridge?: boolean;
  cpuPercent?: number;
  memoryBytes?: number | bigint;
}

export interface Rebuilt {
  generation: bigint;
  promoted: boolean;
  verdict: 'promote' | 'canary' | 'refuse';
  reasons: string[];
  /** The GateReport message of the protos. */
  report: Record<string, unknown>;
}

/** A message of the protos, 64-bit numbers as text. */
export type Message = Record<string, any>;

export interface Generations {
  list(collection: string, options?: CallOptions): Promise<Message[]>;
  get(collection: string, number?: number | bigint, options?: CallOptions): Promise<Message>;
  plan(collection: string, rebuild?: Rebuild, options?: CallOptions): Promise<Message>;
  /** `timeoutMs` is for each call, not for the rebuild. */
  rebuild(collection: string, rebuild?: Rebuild & { progress?: (operation: Message) => void }, options?: CallOptions): Promise<Rebuilt>;
  watch(operation: string, options?: CallOptions): AsyncGenerator<Message, void, void>;
  cancel(operation: string, options?: CallOptions): Promise<Message>;
  promote(collection: string, number?: number | bigint, options?: CallOptions & { acceptMissing?: boolean }): Promise<Message>;
  rollback(collection: string, options?: CallOptions & { acceptMissing?: boolean }): Promise<Message>;
  retire(collection: string, number: number | bigint, options?: CallOptions): Promise<Message>;
  diff(collection: string, which?: { from?: number | bigint; to?: number | bigint; examples?: number }, options?: CallOptions): Promise<Message>;
  updateBridge(collection: string, enabled: boolean, options?: CallOptions & { timeMs?: number }): Promise<Message>;
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

/** A value in a filter: names its kind, as the protos do. */
export type FilterValue = { text: string } | { integer: number | string } | { number: number } | { boolean: boolean } | { datetime: number | string };

/** A condition as the message of protos/vectorsearch/v1/filters.proto. */
export type Condition =
  | { match: { field: string; any_of: FilterValue[] } }
  | { words: { field: string; words: string[] } }
  | { range: { field: string; gt?: FilterValue; gte?: FilterValue; lt?: FilterValue; lte?: FilterValue } }
  | { geo_radius: { field: string; center: { latitude: number; longitude: number }; meters: number } }
  | { is_empty: { field: string } }
  | { has_id: { ids: { numbers?: (string | number)[]; strings?: string[] } } }
  | { filter: Filter };

/** Which points count: all of must, any of should (if there is one), none of must_not. */
export interface Filter {
  must?: Condition[];
  should?: Condition[];
  must_not?: Condition[];
}

/** At least one positive example, as id or vector; none of the ids is an answer. */
export interface Examples {
  positive?: Ids;
  negative?: Ids;
  positiveVectors?: Vectors;
  negativeVectors?: Vectors;
}

/** What a query and a prefetch share: one of vectors, ids, features, examples, histories and fusion. */
export interface Question {
  vectors?: Vectors;
  /** Needed with a Float32Array that holds more than one query. */
  dimension?: number;
  /** "More like these points", one query each. */
  ids?: Ids;
  features?: readonly Features[];
  examples?: readonly Examples[];
  /** Ids that go together, as the collection's model encodes them; one query each. */
  histories?: readonly Ids[];
  /** The k of reciprocal rank fusion of the prefetches; 0 for its default. */
  fusion?: number;
  /** Answers per query (for a prefetch: candidates), 1 to 10,000; 0 means 10 (100). */
  limit?: number;
  /** Candidates kept during the walk; 0 means the collection's default. */
  ef?: number;
  /** Compare with every point instead of walking the graph. */
  exact?: boolean;
  /** In the place of ef: the share of the true nearest points to find on average. */
  targetRecall?: number;
  filter?: Filter;
  /** Only answers at least this near. */
  scoreThreshold?: number;
  /** Questions whose answers are the candidates. */
  prefetch?: readonly Question[];
  excludeHistory?: boolean;
}

export interface Query extends Question {
  /** Answers by the value of a payload field; a group has `size` points, 3 if left out. */
  group?: { field: string; size?: number };
  /** Answers that are not near each other; strength 0 to 1. */
  diversify?: { strength: number; candidates?: number };
  withPayload?: boolean;
  /** Only these fields of the payloads. */
  payloadFields?: readonly string[];
  withVectors?: boolean;
}

/** A stream of writes. One caller at a time. A server that does not take it up within the client's timeoutMs is UNAVAILABLE. */
export interface Ingest {
  readonly session: string;
  readonly rows: number;
  readonly refused: { ids: unknown; code: number; message: string }[];
  readonly reconnections: number;
  write(points: Omit<Upsert, 'durability'>): Promise<void>;
  delete(ids: Ids): Promise<void>;
  /** Waits until every batch is acknowledged or refused. */
  close(): Promise<{ rows: number; refused: { ids: unknown; code: number; message: string }[] }>;
  /** Ends the stream without waiting for what is under way, which the server may still do. */
  cancel(): Promise<void>;
}

export interface QueryResult {
  /** The answers of each query, the nearest first. */
  queries: Hit[][];
  /** With grouping, the groups of each query: the value that they share, and how many answers they have. */
  groups: { value: PayloadValue; hits: number }[][];
  spaceId: string;
  generation: bigint;
  lsn: bigint;
  /** Distances computed, over all queries of the call. */
  distances: bigint;
  /** If the vectors were of the space before and were mapped: the recall that was measured of this map. */
  bridgeRecall: number | null;
}

/** The points of one collection. */
export interface Points {
  readonly collection: string;
  /** Named in calls with vectors, and if it was given, in all; learned from the first answer otherwise. */
  spaceId: string;
  /** Of the newest write that this object was acknowledged; its reads ask for at least that. */
  lsn: bigint;
  upsert(points: Upsert, options?: CallOptions): Promise<number>;
  get(ids: Ids, options?: CallOptions & { withPayload?: boolean; withVectors?: boolean; skipMissing?: boolean }): Promise<Point[]>;
  /** All points, in no particular order, fetched page by page; `timeoutMs` is for a page. */
  scroll(options?: CallOptions & { withPayload?: boolean; withVectors?: boolean; pageSize?: number; filter?: Filter }): AsyncGenerator<Point, void, void>;
  delete(which: Ids | { filter: Filter }, options?: CallOptions & { durability?: Durability }): Promise<number>;
  /** One of set (these fields, the others stay), replace (the whole payload) and remove (names of fields). */
  updatePayload(which: Ids | { filter: Filter }, change: CallOptions & { set?: Payload; replace?: Payload; remove?: string[]; durability?: Durability }): Promise<number>;
  count(options?: CallOptions & { filter?: Filter }): Promise<number>;
  /** The values of a payload field with the number of points that have each, most frequent first. */
  facet(field: string, options?: CallOptions & { limit?: number; filter?: Filter }): Promise<[PayloadValue, number][]>;
  query(query: Query, options?: CallOptions): Promise<QueryResult>;
  /** The ExplainReply message of the protos. */
  explain(query: Query, options?: CallOptions): Promise<Record<string, unknown>>;
  /** The EstimateRecallReply message of the protos. */
  estimateRecall(question?: Pick<Query, 'limit' | 'ef' | 'exact' | 'targetRecall' | 'filter'> & { samples?: number }, options?: CallOptions): Promise<Record<string, unknown>>;
  ingest(options?: { session?: string; durability?: Durability }): Ingest;
}

/** Speaks to one server. Make one and keep it. */
export class VectorSearchClient {
  /** @param target host:port of the server's gRPC port; 127.0.0.1:6410 if left out */
  constructor(target?: string, options?: ClientOptions);
  readonly collections: Collections;
  readonly models: Models;
  readonly generations: Generations;
  points(collection: string, options?: { spaceId?: string }): Points;
  /** Ends the connections. */
  close(): void;
}
