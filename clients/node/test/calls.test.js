import assert from 'node:assert/strict';
import { test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { VectorSearchClient, VectorSearchError } from '../index.js';
import { pauseBefore } from '../lib/retry.js';
import { ScriptedServer } from './scripted-server.js';

const { status } = grpc;
const quick = { firstPauseMs: 10 };

/** Runs `body` with a client of a server that has these methods. */
async function withServer(methods, options, body) {
  const server = await ScriptedServer.start(methods);
  const client = new VectorSearchClient(server.target, options);
  try {
    await body(client, server);
  } finally {
    client.close();
    server.stop();
  }
}

/** A method that fails some times before it answers. */
function failing(times, code, details = 'busy', metadata = undefined) {
  let left = times;
  return () => {
    if (left-- > 0) throw { code, details, metadata };
    return { points: '3' };
  };
}

function retryInfo(nanos) {
  const varint = (value) => {
    const out = [];
    for (; value > 0x7f; value = Math.floor(value / 128)) out.push(value % 128 + 128);
    return Buffer.from([...out, value]);
  };
  const field = (number, content) => Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
  const duration = Buffer.concat([varint(2 * 8), varint(nanos)]);
  const any = Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), field(2, field(1, duration))]);
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', field(3, any));
  return metadata;
}

test('an unavailable server is asked again', () => withServer({ Count: failing(2, status.UNAVAILABLE) }, { retry: quick }, async (client, server) => {
  assert.equal(await client.points('a').count(), 3);
  assert.equal(server.calls.Count.length, 3);
}));

test('the policy gives up and says what to do', () => withServer(
  { Count: failing(99, status.UNAVAILABLE) }, { retry: { attempts: 3, firstPauseMs: 1 } }, async (client, server) => {
    await assert.rejects(client.points('a').count(), (error) => error instanceof VectorSearchError
      && error.code === 'UNAVAILABLE' && /3 attempts.*vectorsearch serve/.test(error.message) && error.message.includes(server.target));
    assert.equal(server.calls.Count.length, 3);
  }));

test('exhausted resources are asked again when the server says when', () => withServer(
  { Count: failing(1, status.RESOURCE_EXHAUSTED, 'quota', retryInfo(20_000_000)) }, {}, async (client, server) => {
    assert.equal(await client.points('a').count(), 3);
    assert.equal(server.calls.Count.length, 2);
  }));

test('the pause is the server\'s where it asks for one and grows where not', () => {
  const policy = { attempts: 9, firstPauseMs: 1000, maxPauseMs: 3000 };
  const told = retryInfo(725_000_000);
  assert.equal(pauseBefore(policy, 1, { code: status.RESOURCE_EXHAUSTED, metadata: told }), 725);
  assert.equal(pauseBefore(policy, 1, { code: status.UNAVAILABLE, metadata: told }), 725);
  assert.equal(pauseBefore(policy, 1, { code: status.INTERNAL, metadata: told }), null);
  assert.equal(pauseBefore(policy, 9, { code: status.UNAVAILABLE, metadata: told }), null);
  for (const [attempt, least, most] of [[1, 500, 1000], [2, 1000, 2000], [8, 1500, 3000]]) {
    const pause = pauseBefore(policy, attempt, { code: status.UNAVAILABLE });
    assert.ok(least <= pause && pause <= most, `${pause}`);
  }
});

test('exhausted resources without a hint and other faults are not repeated', async () => {
  for (const code of ['RESOURCE_EXHAUSTED', 'INVALID_ARGUMENT', 'NOT_FOUND', 'INTERNAL']) {
    await withServer({ Count: failing(1, status[code], "field 'x'") }, {}, async (client, server) => {
      await assert.rejects(client.points('a').count(), { code, message: "field 'x'" });
      assert.equal(server.calls.Count.length, 1);
    });
  }
});

test('a damaged hint is no hint', () => {
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]));
  return withServer({ Count: failing(1, status.RESOURCE_EXHAUSTED, 'quota', metadata) }, {}, async (client) => {
    await assert.rejects(client.points('a').count(), { code: 'RESOURCE_EXHAUSTED' });
  });
});

test('a late answer ends with the deadline', () => withServer({ Count: () => new Promise(() => {}) }, {}, async (client) => {
  await assert.rejects(client.points('a').count({ timeoutMs: 200 }), { code: 'DEADLINE_EXCEEDED', message: /200 ms/ });
}));

test('a signal cancels a call', () => withServer({ Count: () => new Promise(() => {}) }, {}, async (client) => {
  const controller = new AbortController();
  const counting = client.points('a').count({ signal: controller.signal });
  controller.abort();
  await assert.rejects(counting, { name: 'AbortError' });
}));

test('a repeated write has the same request id', () => {
  let failures = 1;
  const Upsert = () => {
    if (failures-- > 0) throw { code: status.UNAVAILABLE, details: 'restarting' };
    return { upserted: '1' };
  };
  return withServer({ Upsert }, { retry: quick }, async (client, server) => {
    await client.points('a').upsert({ ids: [1], vectors: [[1]] });
    await client.points('a').upsert({ ids: [1], vectors: [[1]] });
    const [first, again, other] = server.calls.Upsert.map((request) => request.context.request_id);
    assert.ok(first);
    assert.equal(first, again);
    assert.notEqual(first, other);
  });
});

test('the space is learned from the first answer and sent with vectors from then on', () => withServer(
  { Count: () => ({ points: '1', context: { space_id: 'client:a@1' } }), Upsert: () => ({ upserted: '1' }) }, {}, async (client, server) => {
    const points = client.points('a');
    await points.count();
    await points.count();
    await points.upsert({ ids: [1], vectors: [[1]] });
    await points.upsert({ ids: [1], features: [{ text: 'a' }] });
    await client.points('a', { spaceId: 'client:named@1' }).count();
    const spaces = (calls) => calls.map((request) => request.context.space_id);
    assert.deepEqual(spaces(server.calls.Count), ['', '', 'client:named@1']);
    assert.deepEqual(spaces(server.calls.Upsert), ['client:a@1', '']);
  }));

test('reads ask for the newest write of their own', () => withServer(
  { Upsert: () => ({ upserted: '1', context: { lsn: '9007199254740993' } }), Count: () => ({ points: '1' }) }, {}, async (client, server) => {
    const points = client.points('a');
    await points.upsert({ ids: [1], vectors: [[1]] });
    await points.count();
    assert.equal(server.calls.Count[0].context.min_lsn, '9007199254740993');
  }));

const floats = (buffers) => {
  const data = Buffer.concat(buffers);
  return new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
};

test('a large upsert goes in pieces and in order', () => {
  const vectors = Float32Array.from({ length: 100_000 }, (_, i) => i);
  const ids = BigUint64Array.from({ length: 1000 }, (_, i) => BigInt(i));
  const Upsert = (request) => ({ upserted: String(request.ids.numbers.length) });
  return withServer({ Upsert }, { maxMessageBytes: 64 << 10 }, async (client, server) => {
    assert.equal(await client.points('a').upsert({ ids, vectors }), 1000);
    const requests = server.calls.Upsert;
    assert.ok(requests.length > 6);
    assert.deepEqual(requests.flatMap((request) => request.ids.numbers).map(BigInt), [...ids]);
    assert.deepEqual(floats(requests.map((request) => request.vectors.data)), vectors);
    assert.equal(new Set(requests.map((request) => request.context.request_id)).size, requests.length);
  });
});

test('payloads and the text of ids count, and a failure says how many rows went before', () => {
  const ids = Array.from({ length: 300 }, (_, i) => String(i).padStart(500, '0'));
  const payloads = ids.map((_, i) => ({ n: BigInt(i), text: 'x'.repeat(1000) }));
  let calls = 0;
  const Upsert = (request, call) => {
    assert.ok(request.ids.strings.length * 1500 < 64 << 10, `${call.getPath()} of ${request.ids.strings.length} rows`);
    if (++calls === 3) throw { code: status.INVALID_ARGUMENT, details: 'vectors: row 0 is NaN' };
    return { upserted: String(request.ids.strings.length) };
  };
  return withServer({ Upsert }, { maxMessageBytes: 64 << 10 }, async (client) => {
    await assert.rejects(client.points('a').upsert({ ids, vectors: ids.map(() => [1, 2]), payloads }),
      (error) => error.code === 'INVALID_ARGUMENT' && error.upserted > 50 && error.upserted < 100);
  });
});

test('features are sent in their kind', () => withServer({ Query: () => ({ counts: [0, 0, 0, 0] }) }, {}, async (client, server) => {
  const features = [{ history: { items: ['1'], weights: [0.5] } }, { sparse: { names: ['a'], values: [2] } }, { text: 'a' },
    { media: { data: Buffer.from([0]), content_type: 'audio/wav' } }];
  const { queries } = await client.points('a').query({ features, excludeHistory: true });
  assert.equal(queries.length, 4);
  const [request] = server.calls.Query;
  assert.deepEqual(request.features.rows.map((row) => row.kind), ['history', 'sparse', 'text', 'media']);
  assert.ok(request.exclude_history);
}));

test('rows that do not fit their ids are refused before anything is sent', async () => {
  const client = new VectorSearchClient('127.0.0.1:1');
  const points = client.points('a');
  for (const wrong of [{ ids: [1, 2], vectors: [[1]] }, { ids: [1] }, { ids: [1], vectors: [[1]], features: [{ text: 'a' }] },
    { ids: [1], vectors: [[1]], payloads: [{}, {}] }, { ids: [1], vectors: [[1]], durability: 'soon' }, { ids: [1.5], vectors: [[1]] },
    { ids: [-1], vectors: [[1]] }, { ids: [1, 'a'], vectors: [[1], [2]] }, { ids: [1, 2], vectors: [[1, 2], [3]] },
    { ids: [1, 2], vectors: new Float32Array(5) }]) {
    await assert.rejects(points.upsert(wrong), (error) => error instanceof TypeError || error instanceof RangeError, JSON.stringify(wrong));
  }
  client.close();
});
