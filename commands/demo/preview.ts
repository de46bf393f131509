import { demoPlans } from '../../src/sandbox/demo/plan.ts';
import type { DemoPrograms } from '../../src/sandbox/demo/programs.ts';
import { shopScales } from '../../src/sandbox/shop/scales.ts';
import type { ShopScale } from '../../src/sandbox/shop/scales.ts';
import type { Context } from '../context.ts';
import type { Outcome } from '../define.ts';
import { namedDatabase } from './named.ts';
import { roundCommands } from './round.ts';

/** What a demo would do, as `--dry-run` tells it. */
export interface DemoPreview {
  scale: ShopScale;
  seed: number;
  /** The program that would be started, or the database that was named. */
  database: string;
  redis: string;
  orders: number;
  commands: readonly string[];
}

/** Looks whether a demo could run, and starts and changes nothing. */
export async function previewDemo(
  context: Context,
  { scale, seed, programs }: { scale: ShopScale; seed: number; programs: DemoPrograms },
): Promise<Outcome<DemoPreview>> {
  const named = namedDatabase(context);
  let database = programs.database?.command ?? '';
  if (named) {
    const { checkNamedDatabase } = await import('../../src/sandbox/demo/check-database.ts');
    database = await checkNamedDatabase(named, context.signal);
  }
  const lines = roundCommands(demoPlans[scale], 'jobs');
  return {
    result: {
      scale,
      seed,
      database,
      redis: programs.redis.command,
      orders: shopScales[scale].orders,
      commands: Object.values(lines).map(({ argv }) => `scalectl ${argv.join(' ')}`),
    },
  };
}
