import path from 'node:path';
import process from 'node:process';
import { realpathSync } from 'node:fs';
import { ScalectlError } from '../../src/errors.ts';
import { demoPlans } from '../../src/sandbox/demo/plan.ts';
import type { Demo } from '../../src/sandbox/demo/start.ts';
import type { ShopScale } from '../../src/sandbox/shop/scales.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import type { Outcome } from '../define.ts';
import { choice, flag, integer } from '../option.ts';
import { namedDatabase } from './named.ts';
import { previewDemo } from './preview.ts';
import { renderDemo, renderFacts } from './render.ts';
import type { DemoResult, KeptDemo } from './render.ts';
import { summarize } from './result.ts';
import { runRound } from './round.ts';
import { stopped } from './step.ts';
import { stopKept } from './stop.ts';

/** The same shop each time, unless told. */
const defaultSeed = 42;

export const demo = defineCommand({
  name: 'demo',
  summary: 'a private shop with servers and site, and the whole daily round on it',
  description:
    "Starts a private MariaDB and Redis on loopback with a filled shop and a small web site, runs health, optimize-db, queue import and process, cache inspect, loadtest and health on them, and shows what changed. Nothing of this machine's own servers or settings is touched, and everything is stopped and removed at the end. With --db the shop stands in an empty database that you name; its tables are dropped at the end.",
  changes: 'schema',
  options: {
    scale: choice('--scale <SIZE>', 'small (default), medium or large: 5,000 to 1,000,000 orders', [
      'small',
      'medium',
      'large',
    ]),
    seed: integer('--seed <N>', `another shop of the same size (default ${defaultSeed})`, {
      min: 0,
      max: 2 ** 31 - 1,
    }),
    keep: flag('--keep', 'leave servers, site and shop running at the end'),
    full: flag('--full', 'show the whole output of each command on a terminal'),
    stop: flag('--stop', 'stop and remove what earlier runs with --keep left'),
  },
  examples: [
    { command: 'scalectl demo', does: 'the daily round on a private shop, in about a minute' },
    {
      command: 'scalectl demo --scale medium --keep',
      does: 'leaves a shop of 100,000 orders running, to try commands on',
    },
    { command: 'scalectl demo --stop', does: 'removes it again' },
  ],
  exitCodes: {
    0: 'the round was run, whatever it found',
    1: 'the round was run, and a step of it failed or was invalid',
    2: 'the shop could not be set up',
    69: 'the programs of MariaDB or Redis are not installed, or the database of --db cannot be reached',
    75: 'another demo runs in the database of --db',
    77: 'the database of --db is not empty',
  },
  run: async (context, { options }): Promise<Outcome<DemoResult>> => {
    refuseWhatIsNotUsed(context, options);
    if (options.stop) return stopKept(context.globals.dryRun);
    const { findDemoPrograms } = await import('../../src/sandbox/demo/programs.ts');
    const programs = await findDemoPrograms(context.globals.db === undefined);
    const scale = options.scale ?? 'small';
    const seed = options.seed ?? defaultSeed;
    if (context.globals.dryRun) return previewDemo(context, { scale, seed, programs });
    const { startDemo } = await import('../../src/sandbox/demo/start.ts');
    try {
      const shop = await startDemo({
        scale,
        seed,
        programs,
        plan: demoPlans[scale],
        now: new Date(),
        namedDatabase: namedDatabase(context),
        scripts: { site: besideBinary('shop-site.js'), job: besideBinary('shop-job.js') },
        signal: context.signal,
        onProgress: (text) => context.progress.start(text),
      });
      context.onClose(() => shop.stop());
      return await runOn(context, shop, { ...options, scale, seed });
    } catch (error) {
      // What was stopped fails in many ways; none of them is news.
      throw context.signal.aborted ? stopped(context.signal) : error;
    }
  },
  render: (result, screen) => renderDemo(result, screen),
});

async function runOn(
  context: Context,
  shop: Demo,
  given: { scale: ShopScale; seed: number; keep: boolean; full: boolean },
): Promise<Outcome<DemoResult>> {
  const { scale, seed } = given;
  const plan = demoPlans[scale];
  const { timePages } = await import('../../src/sandbox/demo/visits.ts');
  context.progress.start('visiting the shop, so that there is traffic to judge');
  const before = await timePages(shop.database, plan.timings, context.signal);
  if (!context.globals.quiet) {
    await context.show((screen) => renderFacts(shop, plan, before.length, screen));
  }
  const { round, after } = await runRound(context, shop, plan, given.full);
  const summary = summarize(round, before, after);
  if (!context.globals.quiet) await context.show(() => '');
  const steps = Object.values(round);
  let kept: KeptDemo | null = null;
  if (given.keep) {
    await shop.keep();
    kept = {
      folder: shop.folder,
      configFile: shop.configFile,
      siteUrl: shop.siteUrl,
      database: context.globals.db === undefined ? null : shop.database.target.label,
    };
  } else context.progress.start('stopping the servers and removing the shop');
  return {
    result: { scale, seed, steps, summary, kept },
    ...(kept ? { next: `scalectl health --config ${kept.configFile}` } : {}),
    // A verdict of a step is what the round is for; a step without one, or with an invalid one, is a bad answer.
    ...(steps.some(({ error }) => error !== null) ? { exitCode: 1 } : {}),
  };
}

/** A flag that would do nothing here is a misunderstanding. */
function refuseWhatIsNotUsed(
  { globals }: Context,
  options: { keep: boolean; stop: boolean; scale: unknown; seed: unknown },
): void {
  for (const name of ['config', 'profile', 'redis'] as const) {
    if (globals[name] === undefined) continue;
    throw new ScalectlError(
      'usage',
      `demo takes no --${name}: it makes a configuration and a Redis of its own`,
    );
  }
  const isStopAlone =
    !options.keep &&
    globals.db === undefined &&
    options.scale === undefined &&
    options.seed === undefined;
  if (options.stop && !isStopAlone) {
    throw new ScalectlError('usage', '--stop stands alone: it starts nothing');
  }
}

/** The scripts of a demo's processes stand beside the binary; a global installation is reached through a link. */
function besideBinary(name: string): string {
  return path.join(path.dirname(realpathSync(process.argv[1] ?? '')), name);
}
