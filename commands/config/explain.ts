import type { SettingDescription, SettingReport } from '../../src/config/describe.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { ScalectlError } from '../../src/errors.ts';
import type { Screen } from '../../src/output/screen.ts';
import { plural, safeText } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import { argument } from '../option.ts';

/** One setting with its value here, or those of a section. */
type ExplainResult =
  | (SettingDescription & Pick<Partial<SettingReport>, 'value' | 'text' | 'source' | 'place'>)
  | { section: string; settings: SettingDescription[] };

export const explain = defineCommand({
  name: 'explain',
  summary: 'meaning, unit, default and limits of a setting, and where its value came from',
  changes: 'nothing',
  arguments: {
    key: argument('<KEY>', 'a setting, as database.pool.size, its variable, or a section'),
  },
  examples: [
    { command: 'scalectl config explain database.pool.size', does: 'tells all about it' },
    { command: 'scalectl config explain queue', does: 'lists the settings of a section' },
  ],
  exitCodes: { 64: 'there is no such setting' },
  run: async (context, { arguments: { key } }): Promise<{ result: ExplainResult }> => {
    const { describeSetting, findSettings, reportSettings } =
      await import('../../src/config/describe.ts');
    const found = findSettings(key);
    const [entry] = found;
    if (!entry || found.length > 1) {
      return { result: { section: key, settings: found.map(describeSetting) } };
    }
    const loaded = await configIfSound(context);
    const report = loaded && reportSettings(loaded).find(({ path }) => path === entry.path);
    return { result: report ?? describeSetting(entry) };
  },
  render: renderExplanation,
});

/** A setting can be explained while the configuration is broken: that is when it is asked. */
async function configIfSound(context: Context): Promise<LoadedConfig | null> {
  try {
    return await context.config();
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    context.warn(`the value here cannot be told: ${error.message}`);
    return null;
  }
}

export function renderExplanation(result: ExplainResult, screen: Screen): string {
  if ('settings' in result) {
    return [
      screen.heading(`${result.section}: ${plural(result.settings.length, 'setting')}`),
      screen.table(
        [{ title: 'setting' }, { title: 'default' }, { title: 'meaning', flexible: true }],
        result.settings.map(({ path, defaultText, meaning }) => [path, defaultText, meaning]),
      ),
    ].join('\n');
  }
  return [
    screen.heading(result.path),
    result.meaning,
    '',
    screen.pairs([
      ...valuePairs(result),
      ['default', result.defaultText ?? 'none'],
      ['allowed', result.allowed],
      ...(result.unit === null || result.type === 'duration' || result.type === 'size'
        ? []
        : [['unit', result.unit] as const]),
      ['in a file', fileExample(result.path)],
      ['in the environment', `${result.environmentName}=…`],
    ]),
  ].join('\n');
}

function valuePairs(result: Exclude<ExplainResult, { section: string }>): [string, string][] {
  if (result.source === undefined) return [];
  const value = result.text === null ? 'none' : result.text === '' ? '(empty)' : result.text;
  return [
    ['value', safeText(value ?? 'none')],
    ['from', result.place ?? ''],
  ];
}

/** `database.pool.size` → `{"database": {"pool": {"size": …}}}` */
function fileExample(path: string): string {
  const names = path.split('.');
  return `${names.map((name) => `{"${name}": `).join('')}…${'}'.repeat(names.length)}`;
}
