// The services of vectorsearch.v1, read from their .proto files: in a checkout the repository's, in a package the copy
// that `npm pack` makes (node lib/protos.js --copy). No code is generated.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protoLoader from '@grpc/proto-loader';

const packageFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const checkout = path.resolve(packageFolder, '..', '..', 'protos');
const packaged = path.join(packageFolder, 'protos');
const files = ['collections', 'generations', 'models', 'operations', 'points'].map((name) => `vectorsearch/v1/${name}.proto`);

function folder() {
  const found = [checkout, packaged].find((candidate) => fs.existsSync(path.join(candidate, files[0])));
  if (found === undefined) throw new Error(`vectorsearch: no protos at ${checkout} or ${packaged}; install the package again`);
  return found;
}

if (process.argv[2] === '--copy' && process.argv[1] === fileURLToPath(import.meta.url)) {
  fs.cpSync(path.join(checkout, 'vectorsearch'), path.join(packaged, 'vectorsearch'), { recursive: true });
}

// 64-bit integers come as decimal text, because a JavaScript number holds 53 bits.
const definitions = protoLoader.loadSync(files, {
  includeDirs: [folder()], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
});

export const Collections = definitions['vectorsearch.v1.Collections'];
export const Generations = definitions['vectorsearch.v1.Generations'];
export const Models = definitions['vectorsearch.v1.Models'];
export const Encoders = definitions['vectorsearch.v1.Encoders'];
export const Operations = definitions['vectorsearch.v1.Operations'];
export const Points = definitions['vectorsearch.v1.Points'];
