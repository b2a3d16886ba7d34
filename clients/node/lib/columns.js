// Ids and vectors between typed arrays and messages.
import { endianness } from 'node:os';

const LITTLE = endianness() === 'LE';
const MAX_ID = 2n ** 64n - 1n;

/**
 * An IdColumn of ids that are all numbers (bigint, or number up to 2^53) or all strings.
 * @returns {{ numbers?: string[], strings?: string[] }} one list filled
 */
export function idColumn(ids) {
  const list = typeof ids === 'string' || typeof ids === 'bigint' || typeof ids === 'number' ? [ids] : Array.from(ids);
  if (list.length > 0 && list.every((id) => typeof id === 'string')) return { strings: list };
  return { numbers: list.map(number) };
}

export const columnLength = (column) => (column.strings ?? column.numbers).length;

export const columnSlice = (column, start, end) => column.strings
  ? { strings: column.strings.slice(start, end) }
  : { numbers: column.numbers.slice(start, end) };

/** The ids of a reply: bigints or strings. */
export const idsOf = (column) => column === null || column === undefined ? []
  : column.strings.length > 0 ? column.strings : column.numbers.map(BigInt);

function number(id) {
  if (typeof id !== 'bigint' && !Number.isSafeInteger(id)) {
    throw new TypeError(`ids: ${typeof id === 'string' ? `'${id}'` : id} came, expected all strings, or all bigints or whole numbers up to 2^53`);
  }
  const value = BigInt(id);
  if (value < 0n || value > MAX_ID) throw new RangeError(`ids: ${id} came, expected 0 to 2^64 - 1`);
  return String(value);
}

/**
 * Rows of vectors.
 * @param vectors a Float32Array of rows × dimension (sent as it lies), rows of numbers, or one such row
 * @param dimension needed with a Float32Array that holds more than one row
 * @returns {{ values: Float32Array, rows: number, dim: number }}
 */
export function matrix(vectors, dimension) {
  if (vectors instanceof Float32Array) {
    const dim = dimension ?? vectors.length;
    if (!Number.isInteger(dim) || (dim === 0 ? vectors.length > 0 : vectors.length % dim !== 0)) {
      throw new RangeError(`vectors: ${vectors.length} numbers came, which are no whole rows of ${dim}`);
    }
    return { values: vectors, rows: dim === 0 ? 0 : vectors.length / dim, dim };
  }
  const rows = vectors.length > 0 && typeof vectors[0] === 'number' ? [vectors] : vectors;
  const dim = rows.length > 0 ? rows[0].length : dimension ?? 0;
  const values = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    if (row.length !== dim) throw new RangeError(`vectors: row ${i} has ${row.length} numbers, expected ${dim} as in row 0`);
    values.set(row, i * dim);
  });
  return { values, rows: rows.length, dim };
}

/** The Matrix message of rows start to end; its bytes are a view of the array. */
export function matrixMessage({ values, dim }, start, end) {
  const part = values.subarray(start * dim, end * dim);
  const data = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  return { data: LITTLE ? data : Buffer.from(data).swap32(), type: 'ELEMENT_TYPE_FLOAT32', dim, rows: end - start };
}

/** The vectors of a reply as one array; null if there are none. A view of the received bytes where they lie aligned. */
export function floatsOf(message) {
  if (!message) return null;
  let { data } = message;
  if (!LITTLE) data = Buffer.from(data).swap32();
  else if (data.byteOffset % Float32Array.BYTES_PER_ELEMENT !== 0) data = Uint8Array.prototype.slice.call(data);
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / Float32Array.BYTES_PER_ELEMENT);
}
