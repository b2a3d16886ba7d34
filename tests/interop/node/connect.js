// Unary and server-streaming cases with @connectrpc/connect, unmodified, over HTTP/1.1: the Connect form as JSON and as
// protobuf, and gRPC-Web.
// Usage: node connect.js PORT DESCRIPTORS connect|grpc-web, with a serialized FileDescriptorSet. Prints one line for each case.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { createClient, Code, ConnectError } = require('@connectrpc/connect');
const { createConnectTransport, createGrpcWebTransport } = require('@connectrpc/connect-node');
const { createFileRegistry, fromBinary } = require('@bufbuild/protobuf');
const { FileDescriptorSetSchema } = require('@bufbuild/protobuf/wkt');

const ECHO_INITIAL = 'x-grpc-test-echo-initial';
const ECHO_TRAILING = 'x-grpc-test-echo-trailing-bin';
const SPECIAL_MESSAGE = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
const TIMEOUT = { timeoutMs: 30000 };

const [port, descriptors, protocol] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, fs.readFileSync(descriptors)));
const baseUrl = `http://127.0.0.1:${port}`;
const transport = (useBinaryFormat) => (protocol === 'connect'
  ? createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat })
  : createGrpcWebTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat }));
// gRPC-Web with JSON is not a form that the server has.
const formats = protocol === 'connect' ? [false, true] : [true];
const clients = formats.map((binary) => createClient(registry.getService('grpc.testing.TestService'), transport(binary)));
const unknown = formats.map((binary) => createClient(registry.getService('grpc.testing.UnimplementedService'), transport(binary)));

const payload = (size) => ({ body: new Uint8Array(size) });

async function failsWith(code, promise) {
  const fault = ConnectError.from(await promise.then(() => assert.fail(`expected ${Code[code]}, the call ended well`), (error) => error));
  assert.equal(fault.code, code, fault.message);
  return fault;
}

const CASES = {
  async empty_unary(client) {
    await client.emptyCall({}, TIMEOUT);
  },
  async large_unary(client) {
    const reply = await client.unaryCall({ responseSize: 314159, payload: payload(271828) }, TIMEOUT);
    assert.equal(reply.payload.body.length, 314159);
  },
  async custom_metadata(client) {
    const seen = {};
    await client.unaryCall({}, {
      ...TIMEOUT,
      headers: { [ECHO_INITIAL]: 'test_initial_metadata_value', [ECHO_TRAILING]: 'q6ur' },
      onHeader: (headers) => { seen.initial = headers.get(ECHO_INITIAL); },
      onTrailer: (trailers) => { seen.trailing = trailers.get(ECHO_TRAILING); },
    });
    assert.deepEqual(seen, { initial: 'test_initial_metadata_value', trailing: 'q6ur' });
  },
  async status_code_and_message(client) {
    const fault = await failsWith(Code.Unknown, client.unaryCall({ responseStatus: { code: 2, message: 'test status message' } }, TIMEOUT));
    assert.equal(fault.rawMessage, 'test status message');
  },
  async special_status_message(client) {
    const fault = await failsWith(Code.Unknown, client.unaryCall({ responseStatus: { code: 2, message: SPECIAL_MESSAGE } }, TIMEOUT));
    assert.equal(fault.rawMessage, SPECIAL_MESSAGE);
  },
  async unimplemented_method(client) {
    await failsWith(Code.Unimplemented, client.unimplementedCall({}, TIMEOUT));
  },
  async unimplemented_service(_, stranger) {
    await failsWith(Code.Unimplemented, stranger.unimplementedCall({}, TIMEOUT));
  },
};

if (protocol === 'grpc-web') {
  CASES.server_streaming = async (client) => {
    const sizes = [31415, 9, 2653, 58979];
    const received = [];
    for await (const reply of client.streamingOutputCall({ responseParameters: sizes.map((size) => ({ size })) }, TIMEOUT)) {
      received.push(reply.payload.body.length);
    }
    assert.deepEqual(received, sizes);
  };
}

async function main() {
  for (const [name, run] of Object.entries(CASES)) {
    try {
      for (let i = 0; i < formats.length; i++) await run(clients[i], unknown[i]);
      console.log(`${name} ok`);
    } catch (error) {
      console.log(`${name} FAIL ${String(error.stack).split('\n').slice(0, 2).join(' ')}`);
    }
  }
}

main().then(() => process.exit(0));
