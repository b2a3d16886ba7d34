import grpc from '@grpc/grpc-js';
import { Points } from '../lib/protos.js';

/**
 * A stock gRPC server on a free port whose Points methods are functions given by a test: request → reply, or throw
 * { code, details, metadata }; or, as `streams`, functions of the call.
 */
export class ScriptedServer {
  static async start(methods, streams = {}) {
    const server = new ScriptedServer();
    server.calls = Object.fromEntries(Object.keys(methods).map((name) => [name, []]));
    server._server = new grpc.Server();
    const handlers = Object.entries(methods).map(([name, method]) => [name, (call, reply) => {
      server.calls[name].push(call.request);
      Promise.resolve().then(() => method(call.request, call)).then((value) => reply(null, value), (error) => reply(error));
    }]);
    server._server.addService(Points, { ...Object.fromEntries(handlers), ...streams });
    const port = await new Promise((resolve, reject) => server._server.bindAsync(
      '127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
    server.target = `127.0.0.1:${port}`;
    return server;
  }

  stop() {
    this._server.forceShutdown();
  }
}
