import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GeoPoint, Timestamp } from '../index.js';
import { floatsOf, idColumn, matrix, matrixMessage } from '../lib/columns.js';
import { readPayload, writePayload } from '../lib/payload.js';
import { Points } from '../lib/protos.js';

/** A payload as it comes out of a message that went over the wire. */
function travelled(payload) {
  const sent = Points.Upsert.requestSerialize({ payloads: [writePayload(payload)] });
  return readPayload(Points.Upsert.requestDeserialize(sent).payloads[0]);
}

test('payload values of every kind come back as they went', () => {
  const payload = {
    nothing: null, yes: true, no: false, least: -(2n ** 63n), most: 2n ** 63n - 1n, zero: 0n, number: 4, tiny: 5e-324, text: '乱', empty: '',
    raw: Buffer.from([0, 255]), list: [1n, 'a', [], [null]], where: new GeoPoint(35.25, 138.75), seen: new Timestamp('486691200000001'),
  };
  assert.deepEqual(travelled(payload), payload);
});

test('a Date comes back as a Timestamp of the same time', () => {
  const date = new Date('1985-06-01T12:30:00.123Z');
  assert.deepEqual(travelled({ date }).date.toDate(), date);
});

test('what has no form in a payload is refused by name', () => {
  for (const value of [{}, undefined, () => 1, 2n ** 63n, Symbol('a')]) {
    assert.throws(() => writePayload({ when: value }), /'when'/);
  }
});

test('numbers of 64 bits stay exact', () => {
  assert.deepEqual(idColumn([2n ** 64n - 1n, 2n ** 53n + 1n, 7]), { numbers: ['18446744073709551615', '9007199254740993', '7'] });
  assert.deepEqual(idColumn('七人の侍'), { strings: ['七人の侍'] });
  for (const wrong of [2n ** 64n, -1n, 1.5, 2 ** 53, NaN]) assert.throws(() => idColumn([wrong]));
});

test('a Float32Array is sent as it lies', () => {
  const whole = Float32Array.from([9, 1, 2, 3, 4, 5, 6]);
  const view = whole.subarray(1);
  const rows = matrix(view, 3);
  assert.equal(rows.rows, 2);
  assert.equal(matrixMessage(rows, 0, 2).data.buffer, whole.buffer);
  assert.deepEqual(floatsOf(matrixMessage(rows, 1, 2)), Float32Array.from([4, 5, 6]));
});

test('received floats are read wherever they lie', () => {
  const bytes = Buffer.alloc(13);
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(1, 1.5, true);
  assert.equal(floatsOf({ data: bytes.subarray(1, 13) })[0], 1.5);
  assert.equal(floatsOf(null), null);
});
