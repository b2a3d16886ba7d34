// Films like the ones named, from the quickstart's server: neighbours.js [--server HOST:PORT] TITLE...
import fs from 'node:fs';
import { parseArgs } from 'node:util';

// From the checkout; installed, it is imported as 'vectorsearch'.
const { VectorSearchClient, VectorSearchError } = await import('../../clients/node/index.js').catch((error) => fail(
  error.code === 'ERR_MODULE_NOT_FOUND' ? `${error.message}\nRun this once: npm ci --prefix clients/node` : error.stack));

/** Title → id, from lines such as 1,Toy Story (1995),Adventure|Animation; a title with a comma or quote is quoted. */
function readTitles() {
  const text = fs.readFileSync(new URL('../../samples/movielens-latest-small/movies.csv', import.meta.url), 'utf8');
  const rows = text.matchAll(/^(\d+),(?:"((?:[^"]|"")*)"|([^,]*)),/gm);
  return new Map(Array.from(rows, ([, id, quoted, plain]) => [plain ?? quoted.replaceAll('""', '"'), BigInt(id)]));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const { values, positionals: titles } = parseArgs({
  options: { server: { type: 'string', default: '127.0.0.1:6410' } }, allowPositionals: true,
});
if (titles.length === 0) fail('usage: neighbours.js [--server HOST:PORT] TITLE...');

const ids = readTitles();
for (const title of titles) {
  if (!ids.has(title)) {
    const near = [...ids.keys()].filter((known) => known.toLowerCase().includes(title.toLowerCase())).slice(0, 5);
    fail(`no film is called '${title}': ${near.length > 0 ? `did you mean ${near.join('; ')}?` : 'it must stand as in movies.csv, with its year'}`);
  }
}

const client = new VectorSearchClient(values.server);
try {
  const { queries } = await client.points('films').query({ ids: titles.map((title) => ids.get(title)), limit: 5, withPayload: true });
  queries.forEach((hits, i) => {
    console.log(`Films like ${titles[i]}`);
    for (const { id, score, payload } of hits) console.log(`  ${score.toFixed(6)}  ${String(id).padStart(6)}  ${payload.title}`);
  });
} catch (error) {
  if (!(error instanceof VectorSearchError)) throw error;
  fail(error.message);
} finally {
  client.close();
}
