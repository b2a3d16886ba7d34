// gRPC's interop cases with @grpc/grpc-js, unmodified, against the interop server.
// Usage: node client.js PORT PROTOS. Prints one line for each case: its name, then ok, FAIL or n/a and why.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const ECHO_INITIAL = 'x-grpc-test-echo-initial';
const ECHO_TRAILING = 'x-grpc-test-echo-trailing-bin';
const SPECIAL_MESSAGE = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
const PING_PONG = [[31415, 27182], [9, 8], [2653, 1828], [58979, 45904]];
const TIMEOUT_MS = 30000;

class NotExpressible extends Error {}

const [port, protos] = process.argv.slice(2);
const definition = protoLoader.loadSync(path.join(protos, 'grpc/testing/test.proto'), {
  includeDirs: [protos], keepCase: true, longs: String, defaults: true,
});
const { testing } = grpc.loadPackageDefinition(definition).grpc;
const address = `127.0.0.1:${port}`;
const plain = new testing.TestService(address, grpc.credentials.createInsecure());
const gzip = new testing.TestService(address, grpc.credentials.createInsecure(), {
  'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
});

const payload = (size) => ({ body: Buffer.alloc(size) });
const outputRequest = ([size, body]) => ({ response_parameters: [{ size }], payload: payload(body) });
const options = () => ({ deadline: Date.now() + TIMEOUT_MS });

// A unary call as a promise; the call's headers and trailers come with the reply.
function unary(client, method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve, reject) => {
    const seen = {};
    const call = client[method](request, metadata, options(), (error, reply) => {
      if (error) reject(error);
      else setImmediate(() => resolve({ reply, ...seen }));
    });
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('status', (status) => { seen.trailers = status.metadata; });
  });
}

async function failsWith(code, promise) {
  const error = await promise.then(() => assert.fail(`expected status ${code}, the call ended well`), (fault) => fault);
  assert.equal(error.code, code, error.message);
  return error;
}

// Replies of a stream, one by one or all.
async function collect(call) {
  const sizes = [];
  for await (const reply of call) sizes.push(reply.payload.body.length);
  return sizes;
}

const nextReply = (call) => new Promise((resolve, reject) => {
  call.once('data', (reply) => { call.removeListener('error', reject); call.pause(); resolve(reply); });
  call.once('error', reject);
  call.resume();
});

const inputCall = (client, sizes) => new Promise((resolve, reject) => {
  const call = client.StreamingInputCall(new grpc.Metadata(), options(), (error, reply) => (error ? reject(error) : resolve(reply)));
  for (const size of sizes) call.write({ payload: payload(size) });
  call.end();
});

const CASES = {
  async empty_unary() {
    assert.deepEqual((await unary(plain, 'EmptyCall', {})).reply, {});
  },
  async large_unary() {
    const { reply } = await unary(plain, 'UnaryCall', { response_size: 314159, payload: payload(271828) });
    assert.equal(reply.payload.body.length, 314159);
  },
  async client_compressed_unary() {
    const request = (value) => ({ response_size: 314159, payload: payload(271828), expect_compressed: { value } });
    await failsWith(grpc.status.INVALID_ARGUMENT, unary(plain, 'UnaryCall', request(true)));
    assert.equal((await unary(gzip, 'UnaryCall', request(true))).reply.payload.body.length, 314159);
    assert.equal((await unary(plain, 'UnaryCall', request(false))).reply.payload.body.length, 314159);
  },
  async server_compressed_unary() {
    for (const value of [true, false]) {
      const { reply } = await unary(plain, 'UnaryCall', { response_size: 314159, payload: payload(271828), response_compressed: { value } });
      assert.equal(reply.payload.body.length, 314159);
    }
  },
  async client_streaming() {
    assert.equal((await inputCall(plain, [27182, 8, 1828, 45904])).aggregated_payload_size, 74922);
  },
  async client_compressed_streaming() {
    throw new NotExpressible('grpc-js on this Node compresses a stream as a whole');
  },
  async server_streaming() {
    const sizes = [31415, 9, 2653, 58979];
    const call = plain.StreamingOutputCall({ response_parameters: sizes.map((size) => ({ size })) }, options());
    assert.deepEqual(await collect(call), sizes);
  },
  async server_compressed_streaming() {
    const call = plain.StreamingOutputCall({
      response_parameters: [{ size: 31415, compressed: { value: true } }, { size: 92653, compressed: { value: false } }],
    }, options());
    assert.deepEqual(await collect(call), [31415, 92653]);
  },
  async ping_pong() {
    const call = plain.FullDuplexCall(options());
    for (const pair of PING_PONG) {
      call.write(outputRequest(pair));
      assert.equal((await nextReply(call)).payload.body.length, pair[0]);
    }
    call.end();
    assert.deepEqual(await collect(call), []);
  },
  async empty_stream() {
    const call = plain.FullDuplexCall(options());
    call.end();
    assert.deepEqual(await collect(call), []);
  },
  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.set(ECHO_INITIAL, 'test_initial_metadata_value');
    metadata.set(ECHO_TRAILING, Buffer.from([0xab, 0xab, 0xab]));
    const check = (headers, trailers) => {
      assert.deepEqual(headers.get(ECHO_INITIAL), ['test_initial_metadata_value']);
      assert.deepEqual(trailers.get(ECHO_TRAILING), [Buffer.from([0xab, 0xab, 0xab])]);
    };
    const answer = await unary(plain, 'UnaryCall', { response_size: 314159, payload: payload(271828) }, metadata);
    check(answer.headers, answer.trailers);

    const call = plain.FullDuplexCall(metadata, options());
    const headers = new Promise((resolve) => { call.once('metadata', resolve); });
    const status = new Promise((resolve) => { call.once('status', resolve); });
    call.write(outputRequest([314159, 271828]));
    call.end();
    assert.deepEqual(await collect(call), [314159]);
    check(await headers, (await status).metadata);
  },
  async status_code_and_message() {
    const response_status = { code: 2, message: 'test status message' };
    assert.equal((await failsWith(2, unary(plain, 'UnaryCall', { response_status }))).details, 'test status message');
    const call = plain.FullDuplexCall(options());
    call.write({ response_status });
    call.end();
    assert.equal((await failsWith(2, collect(call))).details, 'test status message');
  },
  async special_status_message() {
    const response_status = { code: 2, message: SPECIAL_MESSAGE };
    assert.equal((await failsWith(2, unary(plain, 'UnaryCall', { response_status }))).details, SPECIAL_MESSAGE);
  },
  async unimplemented_method() {
    await failsWith(grpc.status.UNIMPLEMENTED, unary(plain, 'UnimplementedCall', {}));
  },
  async unimplemented_service() {
    const client = new testing.UnimplementedService(address, grpc.credentials.createInsecure());
    await failsWith(grpc.status.UNIMPLEMENTED, unary(client, 'UnimplementedCall', {}));
    client.close();
  },
  async cancel_after_begin() {
    const ended = new Promise((resolve, reject) => {
      const call = plain.StreamingInputCall(new grpc.Metadata(), options(), (error, reply) => (error ? reject(error) : resolve(reply)));
      setImmediate(() => call.cancel());
    });
    await failsWith(grpc.status.CANCELLED, ended);
  },
  async cancel_after_first_response() {
    const call = plain.FullDuplexCall(options());
    call.write(outputRequest(PING_PONG[0]));
    assert.equal((await nextReply(call)).payload.body.length, PING_PONG[0][0]);
    call.cancel();
    await failsWith(grpc.status.CANCELLED, collect(call));
  },
  async timeout_on_sleeping_server() {
    const call = plain.FullDuplexCall({ deadline: Date.now() + 1 });
    call.write({ payload: payload(27182) });
    await failsWith(grpc.status.DEADLINE_EXCEEDED, collect(call));
  },
};

async function main() {
  for (const [name, run] of Object.entries(CASES)) {
    try {
      await run();
      console.log(`${name} ok`);
    } catch (error) {
      if (error instanceof NotExpressible) console.log(`${name} n/a ${error.message}`);
      else console.log(`${name} FAIL ${String(error.stack).split('\n').slice(0, 2).join(' ')}`);
    }
  }
  plain.close();
  gzip.close();
}

main();
