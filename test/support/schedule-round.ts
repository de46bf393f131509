import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { listEntries } from '../../src/schedule/entries.ts';
import type { Invocation } from '../../src/schedule/invocation.ts';
import type { Round } from '../../src/schedule/target.ts';

/** The schedule settings with nothing set but what is given as environment: `{ SCALECTL_SCHEDULE_NAME: 'shop' }`. */
export async function scheduleSettings(
  environment: Record<string, string> = {},
): Promise<Config['schedule']> {
  const loaded = await loadConfig({ workingDirectory: '/', environment, discover: false });
  return loaded.values.schedule;
}

/** A daily round with paths that need quoting in every scheduler. */
export async function makeRound(
  options: {
    environment?: Record<string, string>;
    invocation?: Partial<Invocation>;
    platformFolder?: string | null;
  } = {},
): Promise<Round> {
  const settings = await scheduleSettings(options.environment);
  return {
    entries: listEntries(settings),
    siteName: settings.name,
    platformFolder: options.platformFolder ?? null,
    invocation: {
      node: '/opt/node 20/bin/node',
      script: '/opt/scalectl/dist/bin/scalectl.js',
      configFile: "/srv/100% Bob's shop/scalectl.config.json",
      profile: null,
      platformDir: null,
      stateDir: '/var/lib/scalectl',
      ...options.invocation,
    },
  };
}
