// A stream of writes: over connections that are cut (needs the server at TEST_SERVER, which clients/run.sh starts), and to
// servers that do not answer.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { test } from 'node:test';
import { VectorSearchClient } from '../index.js';
import { ScriptedServer } from './scripted-server.js';

/** Passes bytes to a server, and cuts each connection after so many from the client, as a network does that fails. */
class CuttableProxy {
  static async start(target, cutAfter) {
    const proxy = new CuttableProxy();
    proxy.cuts = 0;
    const [host, port] = target.split(':');
    proxy._server = net.createServer((client) => {
      const server = net.connect(Number(port), host);
      for (const end of [client, server]) end.on('error', () => {}).on('close', () => { client.destroy(); server.destroy(); });
      server.pipe(client);
      let passed = 0;
      client.on('data', (bytes) => {
        server.write(bytes);
        passed += bytes.length;
        if (passed < cutAfter || client.destroyed) return;
        proxy.cuts++;
        client.resetAndDestroy();
        server.resetAndDestroy();
      });
    });
    await new Promise((resolve) => proxy._server.listen(0, '127.0.0.1', resolve));
    proxy.target = `127.0.0.1:${proxy._server.address().port}`;
    return proxy;
  }

  stop() {
    this._server.close();
  }
}

test('a stream whose connections are cut writes everything once', { skip: !process.env.TEST_SERVER }, async () => {
  const name = `node-cut-${randomUUID().slice(0, 8)}`;
  const client = new VectorSearchClient(process.env.TEST_SERVER);
  await client.collections.create({ name, dimension: 2, metric: 'squared_euclidean', idKind: 'number', spaceId: 'client:cut@1' });
  const proxy = await CuttableProxy.start(process.env.TEST_SERVER, 30_000);
  const cut = new VectorSearchClient(proxy.target, { retry: { attempts: 50, firstPauseMs: 10, maxPauseMs: 100 } });
  const stream = cut.points(name).ingest();
  for (let i = 0; i < 60; i++) {
    const ids = [...Array(100).keys(), 1000 + i];
    await stream.write({ ids, vectors: ids.map((id) => [id, i]) });
  }
  await stream.delete([0]);
  assert.deepEqual(await stream.close(), { rows: 60 * 101 + 1, refused: [] });
  assert.ok(proxy.cuts > 2, `${proxy.cuts} cuts`);
  assert.ok(stream.reconnections > 1, `${stream.reconnections} reconnections`);

  const points = client.points(name);
  assert.equal(await points.count(), 159);
  const newest = await points.get([...Array(99).keys()].map((i) => i + 1), { withVectors: true });
  assert.ok(newest.every(({ vector }) => vector[1] === 59));
  cut.close();
  client.close();
  proxy.stop();
});

test('a refused start of a stream is told with the server\'s status', { skip: !process.env.TEST_SERVER }, async () => {
  const client = new VectorSearchClient(process.env.TEST_SERVER, { retry: { attempts: 1 } });
  const stream = client.points(`none-${randomUUID()}`).ingest();
  await assert.rejects(stream.write({ ids: [1], vectors: [[1, 2]] }), { code: 'NOT_FOUND' });
  client.close();
});

/** A server that lets the first so many streams wait until their caller goes, and serves the others. */
async function withUnanswered(unanswered, options, body) {
  let streams = 0, come, gone;
  const ends = { come: new Promise((resolve) => { come = resolve; }), gone: new Promise((resolve) => { gone = resolve; }) };
  const server = await ScriptedServer.start({}, {
    Ingest: (call) => {
      call.on('cancelled', gone);
      come();
      if (++streams <= unanswered) return;
      call.on('data', ({ step, batch }) => call.write(step === 'start'
        ? { started: { max_unacknowledged: 1 } } : { acknowledged: { through: batch.sequence, points: '1' } }));
      call.on('end', () => call.end());
    },
  });
  const client = new VectorSearchClient(server.target, options);
  try {
    await body(client.points('c').ingest(), ends);
  } finally {
    client.close();
    server.stop();
  }
}

test('a server that does not take the stream up is asked again', () => withUnanswered(
  1, { timeoutMs: 500, retry: { attempts: 50, firstPauseMs: 1 } }, async (stream) => {
    await stream.delete([7]);
    assert.deepEqual(await stream.close(), { rows: 1, refused: [] });
    assert.ok(stream.reconnections >= 1);
  }));

test('one that never does is given up', () => withUnanswered(
  1000, { timeoutMs: 50, retry: { attempts: 2, firstPauseMs: 1 } }, async (stream) => {
    const expected = { code: 'UNAVAILABLE', message: /did not take the stream up within 50 ms.*2 attempts/ };
    await assert.rejects(stream.delete([7]), expected);
    await assert.rejects(stream.close(), expected);
    assert.equal(stream.reconnections, 1);
  }));

test('a stream that is cancelled leaves none behind', () => withUnanswered(1, {}, async (stream, { come, gone }) => {
  const refused = assert.rejects(stream.delete([7]), { code: 'CANCELLED' });
  await come;
  await stream.cancel();
  await Promise.all([refused, gone]);
}));
