// Payload values between JavaScript and messages. A 64-bit integer is a bigint and a number is a double, both ways, so
// that neither turns into the other.

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** A place on Earth, in degrees. */
export class GeoPoint {
  constructor(latitude, longitude) {
    this.latitude = latitude;
    this.longitude = longitude;
  }
}

/** A point in time: microseconds since 1970-01-01T00:00:00Z, as a bigint. */
export class Timestamp {
  constructor(microseconds) {
    this.microseconds = BigInt(microseconds);
  }

  /** The same time as a Date, which has milliseconds only. */
  toDate() {
    return new Date(Number(this.microseconds / 1000n));
  }
}

/** A Payload message. TypeError or RangeError names the field that has no form in it. */
export function writePayload(payload) {
  const fields = {};
  for (const [name, value] of Object.entries(payload ?? {})) fields[name] = write(value, name);
  return { fields };
}

export function readPayload({ fields }) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, read(value)]));
}

/** The content of one Value message. */
export const readValue = (value) => read(value);

function write(value, name) {
  if (value === null) return { null: 'NULL_VALUE' };
  if (value instanceof Date) return { datetime: String(BigInt(value.getTime()) * 1000n) };
  if (value instanceof Timestamp) return { datetime: String(integer(value.microseconds, name)) };
  if (value instanceof GeoPoint) return { geo: { latitude: value.latitude, longitude: value.longitude } };
  if (value instanceof Uint8Array) return { binary: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
  if (Array.isArray(value)) return { list: { values: value.map((item) => write(item, name)) } };
  switch (typeof value) {
    case 'boolean': return { boolean: value };
    case 'bigint': return { integer: String(integer(value, name)) };
    case 'number': return { number: value };
    case 'string': return { text: value };
    default:
      throw new TypeError(`payload field '${name}': ${value?.constructor?.name ?? typeof value} came, expected null, boolean,`
        + ' bigint, number, string, Uint8Array, array, GeoPoint, Timestamp or Date');
  }
}

function integer(value, name) {
  if (value < LEAST || value > MOST) throw new RangeError(`payload field '${name}': ${value} does not fit 64 bits`);
  return value;
}

function read(value) {
  switch (value.kind) {
    case 'integer': return BigInt(value.integer);
    case 'datetime': return new Timestamp(value.datetime);
    case 'geo': return new GeoPoint(value.geo.latitude, value.geo.longitude);
    case 'list': return value.list.values.map(read);
    case 'boolean': case 'number': case 'text': case 'binary': return value[value.kind];
    default: return null;
  }
}
