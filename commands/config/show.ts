import type { Discovery } from '../../src/config/discover.ts';
import type { SettingReport } from '../../src/config/describe.ts';
import type { Screen } from '../../src/output/screen.ts';
import { plural, safeText } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import { flag, optionalArgument } from '../option.ts';

interface ShowResult {
  settings: SettingReport[];
  file: string | null;
  profile: string | null;
  platform: Pick<Discovery, 'folder' | 'unused' | 'unreadable'> | null;
}

export const show = defineCommand({
  name: 'show',
  summary: 'every setting with its value and where that came from',
  description:
    'First the settings at their default, then, at the end where the eye is, those that something sets, and what was found in the platform and is not used. --changed leaves the first part out. Secrets are masked.',
  changes: 'nothing',
  arguments: { name: optionalArgument('[NAME]', 'only this setting or section, as database.pool') },
  options: { changed: flag('--changed', 'only what is not at its default') },
  examples: [
    { command: 'scalectl config show', does: 'prints all settings' },
    { command: 'scalectl config show --changed', does: 'prints what is set, and where' },
    { command: 'scalectl config show database', does: 'prints one section' },
    { command: 'scalectl config show --json', does: 'adds meaning, unit, default and limits' },
  ],
  exitCodes: { 64: 'there is no such setting', 78: 'a setting has a wrong value' },
  run: async (context, { options, arguments: { name } }) => {
    const { findSettings, reportSettings } = await import('../../src/config/describe.ts');
    const wanted = name === undefined ? null : findSettings(name).map((entry) => entry.path);
    const loaded = await context.config();
    const settings = reportSettings(loaded)
      .filter(({ path }) => wanted?.includes(path) ?? true)
      .filter(({ source }) => !options.changed || source !== 'default');
    const { file, profile, discovery } = loaded;
    const platform = discovery && {
      folder: discovery.folder,
      unused: discovery.unused,
      unreadable: discovery.unreadable,
    };
    const result: ShowResult = { settings, file, profile, platform };
    return { result, next: 'scalectl config explain database.url' };
  },
  render: renderSettings,
});

export function renderSettings(result: ShowResult, screen: Screen): string {
  const atDefault = result.settings.filter(({ source }) => source === 'default');
  const changed = result.settings.filter(({ source }) => source !== 'default');
  return [
    section(screen, `at their default: ${plural(atDefault.length, 'setting')}`, [
      screen.table(
        [{ title: 'setting' }, { title: 'value', flexible: true }],
        atDefault.map(({ path, text }) => [path, shown(text)]),
      ),
    ]),
    section(screen, `set: ${plural(changed.length, 'setting')}`, [
      screen.table(
        [
          { title: 'setting' },
          { title: 'value', flexible: true },
          { title: 'from', flexible: true },
        ],
        changed.map(({ path, text, place }) => [path, shown(text), shortPlace(place, result.file)]),
      ),
    ]),
    ...platformSections(result.platform, screen),
    screen.pairs([
      ['file', result.file ?? 'none'],
      ...(result.profile === null ? [] : [['profile', result.profile] as const]),
      ['platform', result.platform?.folder ?? 'none found'],
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function platformSections(platform: ShowResult['platform'], screen: Screen): string[] {
  if (!platform) return [];
  const from = { title: 'in', flexible: true };
  const why = { title: 'why', flexible: true };
  return [
    section(screen, 'found in the platform, shown and not used', [
      screen.table(
        [{ title: 'name' }, { title: 'value', flexible: true }, from, why],
        platform.unused.map(({ name, value, place, reason }) => [
          safeText(name),
          safeText(value),
          place,
          reason,
        ]),
      ),
    ]),
    section(screen, 'in the platform, not readable without running PHP', [
      screen.table(
        [{ title: 'name' }, from, why],
        platform.unreadable.map(({ name, place, reason }) => [safeText(name), place, reason]),
      ),
    ]),
  ];
}

/** Nothing when there is nothing below the heading. */
function section(screen: Screen, heading: string, lines: readonly string[]): string {
  return lines.every((line) => line === '') ? '' : [screen.heading(heading), ...lines].join('\n');
}

function shown(text: string | null): string | null {
  return text === null ? null : text === '' ? '(empty)' : safeText(text);
}

/** The file is named once, below the table. */
function shortPlace(place: string, file: string | null): string {
  return file !== null && place.startsWith(file) ? `the file${place.slice(file.length)}` : place;
}
