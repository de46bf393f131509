import type { Screen } from '../../src/output/screen.ts';
import { plural, safeText } from '../../src/output/text.ts';
import type { InitResult } from './index.ts';

/** All that was found and what is going to be written: shown before the question. */
export function renderPlan(result: InitResult, screen: Screen): string {
  return [
    screen.pairs([
      ['database', `${result.database.server} at ${result.database.label}`],
      ['from', result.database.from],
      ['cache', cacheText(result)],
      ['platform', platformText(result)],
    ]),
    ...unreadable(result, screen),
    '',
    screen.heading('what this account may do here'),
    screen.table(
      [{ title: 'task' }, { title: 'verdict' }, { title: 'because', flexible: true }],
      result.capabilities.map(({ name, verdict, because }) => [
        name,
        screen.status(verdict),
        because,
      ]),
    ),
    ...remedies(result, screen),
    ...(result.diff === '' ? [] : ['', screen.heading('configuration file'), result.diff]),
  ].join('\n');
}

/** What was done. */
export function renderInit(result: InitResult, screen: Screen): string {
  const { dryRun, tables } = result;
  const missing = Object.keys(tables).filter((area) => tables[area] === 'missing');
  return [
    '',
    ...(dryRun ? ['dry run, nothing was changed'] : []),
    screen.pairs([
      ['file', fileText(result)],
      ...(result.reason === null ? [] : [['why there', result.reason] as const]),
      ['own tables', tablesText(result, missing)],
    ]),
  ].join('\n');
}

/** A statement is copied into a client: it stands in a line of its own, not in a narrow column. */
function remedies({ capabilities }: InitResult, screen: Screen): string[] {
  const lines = capabilities.flatMap(({ name, remedy }) =>
    remedy === null ? [] : [`  ${name}:`, `    ${remedy}`],
  );
  return lines.length === 0 ? [] : ['', screen.heading('to make it work'), ...lines];
}

function cacheText({ cache }: InitResult): string {
  switch (cache.state) {
    case 'none':
      return 'none: what needs Redis says so, everything else works';
    case 'failed':
      return `${cache.driver}: ${cache.message}`;
    case 'answers':
      return cache.driver === 'file'
        ? `files in ${cache.label}`
        : `${cache.server} at ${cache.label}`;
  }
}

function platformText({ platform }: InitResult): string {
  if (!platform) return 'none found';
  return `${platform.folder}: ${plural(platform.settings, 'setting')} read`;
}

function unreadable({ platform }: InitResult, screen: Screen): string[] {
  if (!platform || platform.unreadable.length === 0) return [];
  return [
    '',
    screen.heading('in the platform, not readable without running PHP'),
    screen.table(
      [{ title: 'name' }, { title: 'in', flexible: true }, { title: 'why', flexible: true }],
      platform.unreadable.map(({ name, place, reason }) => [safeText(name), place, reason]),
    ),
  ];
}

function fileText({ file, fileState, holdsSecret, dryRun }: InitResult): string {
  const done = { created: 'written', changed: 'changed', unchanged: 'unchanged' }[fileState];
  const would = {
    created: 'would be written',
    changed: 'would be changed',
    unchanged: 'unchanged',
  };
  const mode = holdsSecret && process.platform !== 'win32' ? ', for its owner alone (0600)' : '';
  return `${file}: ${dryRun ? would[fileState] : done}${mode}`;
}

function tablesText({ tables, dryRun }: InitResult, missing: readonly string[]): string {
  const words = { present: 'there', created: 'created', missing: dryRun ? 'would be created' : '' };
  if (missing.length > 0 && !dryRun) {
    return `${missing.join(', ')}: not created, as this account may not (see above)`;
  }
  return Object.entries(tables)
    .map(([area, state]) => `${area} ${words[state]}`)
    .join(', ');
}
