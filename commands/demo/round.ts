import type { Demo } from '../../src/sandbox/demo/start.ts';
import type { DemoPlan } from '../../src/sandbox/demo/plan.ts';
import type { PageTime } from '../../src/sandbox/demo/visits.ts';
import type { Context } from '../context.ts';
import { runStep } from './step.ts';
import type { Round } from './result.ts';

/** The command lines of the round, in its order, with what stands above each. */
export function roundCommands(
  plan: DemoPlan,
  jobFolder: string,
): Record<keyof Round, { title: string; argv: readonly string[] }> {
  const { users, duration, think } = plan.loadtest;
  return {
    healthBefore: { title: 'health, before', argv: ['health'] },
    optimize: { title: 'optimize-db', argv: ['optimize-db'] },
    queueImport: { title: 'queue import', argv: ['queue', 'import', jobFolder] },
    queueProcess: { title: 'queue process', argv: ['queue', 'process'] },
    cache: { title: 'cache inspect', argv: ['cache', 'inspect'] },
    loadtest: {
      title: 'loadtest',
      argv: [
        ...['loadtest', '--journey', 'login', '--users', String(users)],
        ...['--duration', duration, '--think', think],
      ],
    },
    healthAfter: { title: 'health, after', argv: ['health'] },
  };
}

/**
 * Runs the daily round on a demo, one command after the other. A command that fails does not end the round.
 * @returns the steps, and the times of the pages' statements after the new indexes
 */
export async function runRound(
  context: Context,
  demo: Demo,
  plan: DemoPlan,
  isFull: boolean,
): Promise<{ round: Round; after: PageTime[] }> {
  const lines = roundCommands(plan, demo.jobFolder);
  const { configFile, folder } = demo;
  const step = (name: keyof Round): ReturnType<typeof runStep> =>
    runStep(context, { ...lines[name], configFile, folder, isFull });
  const { timePages } = await import('../../src/sandbox/demo/visits.ts');

  const healthBefore = await step('healthBefore');
  const optimize = await step('optimize');
  context.progress.start('timing the statements of the pages again');
  const after = await timePages(demo.database, plan.timings, context.signal);
  context.progress.stop();
  const queueImport = await step('queueImport');
  const queueProcess = await step('queueProcess');
  const cache = await step('cache');
  const loadtest = await step('loadtest');
  const healthAfter = await step('healthAfter');
  return {
    round: { healthBefore, optimize, queueImport, queueProcess, cache, loadtest, healthAfter },
    after,
  };
}
