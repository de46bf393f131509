import { median, verdict } from '../harness.mjs';
import { openBullmq } from './bullmq.ts';
import type { Contender } from './contender.ts';
import { openGraphile } from './graphile.ts';
import { openOwn } from './own.ts';
import { openSkipLocked } from './skip-locked.ts';
import type { Part } from './part.ts';
import { rateTable } from './table.ts';

/** The pattern takes so long that it gets fewer jobs; its rate does not depend on their number. */
const patternJobs = 2000;
const patternLoops = 8;

/**
 * Bulk enqueue and drain of jobs that do nothing, one worker process each, all in every round: the machine's mood
 * is the same for all. A ratio is taken within a round, and is the median of the rounds.
 */
export const drain: Part = async (tell, { jobs, rounds }) => {
  await using own = await openOwn();
  await using bullmq = await openBullmq();
  await using graphile = await openGraphile();
  await using pattern = await openSkipLocked(own.database, patternLoops);
  const strict: Contender = {
    ...own,
    label: 'the same with sync_binlog = 1',
    add: async (count) => {
      await own.setStrict(true);
      return own.add(count);
    },
    drain: async (count) => {
      const rate = await own.drain(count);
      await own.setStrict(false);
      return rate;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const contenders = [own, strict, bullmq, graphile, pattern];
  const figures = contenders.map((contender) => ({
    contender,
    added: [] as number[],
    drained: [] as number[],
  }));
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { contender, added, drained } of figures) {
      const most = contender === pattern ? Math.min(jobs, patternJobs) : jobs;
      const count = round === 0 ? Math.min(most, 2000) : most;
      const addRate = await contender.add(count);
      const drainRate = await contender.drain(count);
      if (round === 0) continue;
      added.push(addRate);
      drained.push(drainRate);
    }
  }
  tell(
    `${jobs} jobs, pattern ${Math.min(jobs, patternJobs)}; median of ${rounds} interleaved rounds`,
  );
  for (const line of rateTable(
    ['jobs/s', 'added in bulk', 'drained', 'drained, from … to'],
    figures.map(({ contender, added, drained }) => [
      contender.label,
      median(added),
      median(drained),
      `${Math.round(Math.min(...drained))} … ${Math.round(Math.max(...drained))}`,
    ]),
  )) {
    tell(line);
  }
  const ratio = (of: 'added' | 'drained', peer: Contender): number => {
    const [ours, theirs] = [own, peer].map(
      (each) => figures.find(({ contender }) => contender === each)?.[of] ?? [],
    );
    return median((ours ?? []).map((rate, at) => rate / (theirs?.[at] ?? NaN)));
  };
  const goal = (text: string, value: number, least: number): void => {
    tell(`${text}: ${value.toFixed(2)}, ${verdict(`≥ ${least}`, value >= least)}`);
  };
  goal('drain beside BullMQ', ratio('drained', bullmq), 1.5);
  goal('drain beside graphile-worker', ratio('drained', graphile), 1);
  goal('drain beside SKIP LOCKED', ratio('drained', pattern), 10);
  goal('bulk enqueue beside graphile-worker', ratio('added', graphile), 1);
};
