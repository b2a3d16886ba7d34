// Compiled, not run (npm run types): uses every part of the client as a typed program would.
import { GeoPoint, Timestamp, VectorSearchClient, VectorSearchError, type Features, type Hit, type PointId } from '../index.js';

const client = new VectorSearchClient('127.0.0.1:6410', { timeoutMs: 1000, retry: { attempts: 2 }, metadata: { authorization: 'key' } });

export async function everything(signal: AbortSignal): Promise<PointId[]> {
  const { spaceId } = await client.collections.create({
    name: 'films', dimension: 2, metric: 'cosine', idKind: 'number', spaceId: 'client:mine@1', hnsw: { m: 8, seed: 1n },
  });
  const films = client.points('films', { spaceId });
  const upserted: number = await films.upsert({
    ids: [1n, 2n], vectors: new Float32Array(4), durability: 'applied',
    payloads: [{ title: 'Heat', year: 1995n, where: new GeoPoint(34, -118), seen: new Timestamp(0n), tags: ['a', 1n] }, null],
  }, { signal });
  const features: Features[] = [{ history: { items: ['1', '2'] } }, { text: 'a quiet film' }];
  const { queries } = await films.query({ features, limit: upserted, withPayload: true, excludeHistory: true });
  const best: Hit | undefined = queries[0][0];
  await films.get([1, 2], { withVectors: true });
  for await (const { id, payload } of films.scroll({ pageSize: 100 })) console.log(id, payload?.title);
  await films.delete([1n]);
  try {
    await client.models.put('model.bin');
  } catch (error) {
    if (error instanceof VectorSearchError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
  client.close();
  return best ? [best.id] : [];
}

// @ts-expect-error: a metric has to be one of three.
client.collections.create({ name: 'a', dimension: 1, metric: 'manhattan', idKind: 'number', spaceId: 'client:a@1' });
