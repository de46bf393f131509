import { cache } from './cache/index.ts';
import { completion } from './completion.ts';
import { config } from './config/index.ts';
import type { AnyCommand, CommandGroup } from './define.ts';
import { demo } from './demo/index.ts';
import { doctor } from './doctor.ts';
import { health } from './health.ts';
import { init } from './init/index.ts';
import { loadtest } from './loadtest.ts';
import { optimizeDb } from './optimize-db/index.ts';
import { overview } from './overview.ts';
import { queue } from './queue/index.ts';
import { schedule } from './schedule/index.ts';

/** The table of contents of the product, in the order of the help text. */
export const commands: readonly (AnyCommand | CommandGroup)[] = [
  demo,
  init,
  config,
  doctor,
  optimizeDb,
  queue,
  cache,
  loadtest,
  health,
  schedule,
  completion,
];

export { overview };
