import { median, verdict } from '../harness.mjs';
import { jobType, payload, perSecond } from './contender.ts';
import { connections, job, openOwn } from './own.ts';
import type { Part } from './part.ts';
import { openSkipLocked } from './skip-locked.ts';

/** One job a call, as web requests add them, beside an INSERT of one row into a table with one index. */
export const single: Part = async (tell, { jobs, rounds }) => {
  const count = Math.min(jobs, 5000);
  await using own = await openOwn();
  await using bare = await openSkipLocked(own.database, 1);
  const data = JSON.stringify(payload);
  const insert = '/* scalectl:bench */ INSERT INTO jobs (type, data) VALUES (?, ?)';
  const rates: { added: number[]; inserted: number[] } = { added: [], inserted: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const added = await fromMany(count, () => own.store.add([job]));
    const inserted = await fromMany(count, () => own.database.write(insert, [jobType, data]));
    await own.drain(count);
    await bare.drain(count);
    if (round === 0) continue;
    rates.added.push(added);
    rates.inserted.push(inserted);
  }
  const ratio = median(rates.added.map((rate, at) => rate / (rates.inserted[at] ?? NaN)));
  tell(
    `one job a call from ${connections} connections: ${Math.round(median(rates.added))} jobs/s, a bare INSERT ${Math.round(median(rates.inserted))} rows/s`,
  );
  tell(`add beside a bare INSERT: ${ratio.toFixed(2)}, ${verdict('≥ 0.8', ratio >= 0.8)}`);
};

async function fromMany(count: number, work: () => Promise<unknown>): Promise<number> {
  let left = count;
  const startedAt = performance.now();
  const loop = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return perSecond(count, startedAt);
}
