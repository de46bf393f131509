import type { SourceCounts } from '../../src/config/check.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { Screen } from '../../src/output/screen.ts';
import { plural } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';

interface CheckResult {
  file: string | null;
  profile: string | null;
  /** The other profiles of the file, read too. */
  otherProfiles: string[];
  platform: string | null;
  /** How many settings come from each source. */
  sources: SourceCounts;
  /** Allowed, and yet not right. */
  doubts: string[];
}

export const check = defineCommand({
  name: 'check',
  summary: 'read file, environment and platform, and say what is wrong',
  description:
    'All wrong values are told at once, each with what is allowed and the line it stands on; the other profiles of the file are read too. No connection is made: that is what init and doctor do.',
  changes: 'nothing',
  examples: [
    { command: 'scalectl config check', does: 'checks what a command would read here' },
    { command: 'scalectl config check --config /etc/scalectl.config.yaml', does: 'another file' },
  ],
  exitCodes: { 78: 'something is wrong, and it says what' },
  run: async (context) => {
    const loaded = await context.config();
    const otherProfiles = loaded.profiles.filter((profile) => profile !== loaded.profile);
    for (const profile of otherProfiles) await readProfile(loaded, profile);
    const { countSources, findDoubts } = await import('../../src/config/check.ts');
    const result: CheckResult = {
      file: loaded.file,
      profile: loaded.profile,
      otherProfiles,
      platform: loaded.discovery?.folder ?? null,
      sources: countSources(loaded),
      doubts: findDoubts(loaded),
    };
    for (const doubt of result.doubts) context.warn(doubt);
    return { result, next: 'scalectl config show --changed' };
  },
  render: renderCheck,
});

/** @throws ScalectlError `config-invalid` */
async function readProfile({ file }: LoadedConfig, profile: string): Promise<void> {
  const { loadConfig } = await import('../../src/config/load.ts');
  await loadConfig({
    workingDirectory: process.cwd(),
    environment: process.env,
    profile,
    ...(file === null ? {} : { file }),
  });
}

export function renderCheck(result: CheckResult, screen: Screen): string {
  const { flag, environment, file, discovered } = result.sources;
  const profiles = [...(result.profile === null ? [] : [result.profile]), ...result.otherProfiles];
  return [
    screen.pairs([
      ['file', result.file === null ? 'none' : `${result.file}: ${plural(file, 'setting')}`],
      ...(profiles.length === 0 ? [] : [['profiles', profiles.join(', ')] as const]),
      ['environment', plural(environment, 'setting')],
      ...(flag === 0 ? [] : [['command line', plural(flag, 'setting')] as const]),
      [
        'platform',
        result.platform === null
          ? 'none found'
          : `${result.platform}: ${plural(discovered, 'setting')}`,
      ],
    ]),
    '',
    `configuration: ${screen.status('ok')}`,
  ].join('\n');
}
