import type { FolderSurvey, KeyDescription } from '../../src/cache/driver.ts';
import type { KeyGroup } from '../../src/cache/overview.ts';
import type { Screen } from '../../src/output/screen.ts';
import {
  formatBytes,
  formatMs,
  formatNumber,
  formatRate,
  plural,
  safeText,
} from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import type { Outcome } from '../define.ts';
import { integer, optionalArgument, size } from '../option.ts';
import { openDriver } from './driver.ts';
import { firstLines, keyText, ttlText, valueText } from './show.ts';

interface KeyspaceResult {
  driver: 'redis';
  label: string;
  keys: number;
  groups: KeyGroup[];
  sampled: number;
  slowestStepMs: number;
  isPartial: boolean;
}

interface FolderResult extends FolderSurvey {
  driver: 'file';
  label: string;
}

type InspectResult = KeyDescription | KeyspaceResult | FolderResult | null;

const defaultMaxBytes = 8 * 1024 ** 2;
const shownLines = 200;
const shownGroups = 30;

export const inspect = defineCommand({
  name: 'inspect',
  summary: 'one key with its decoded value, or what fills the cache',
  description:
    'Without a key: one pass over the keyspace, counted by groups of keys (numbers and digests folded into *), with type, memory and lifetime from a bounded sample of each group. With a key: type, lifetime, size and the decoded value; long values are shown by their beginning, large collections page by page.',
  changes: 'nothing',
  arguments: { key: optionalArgument('[KEY]', 'a key as the platform writes it') },
  options: {
    limit: integer('--limit <N>', 'members of a collection to show (default 100)', {
      min: 1,
      max: 10_000,
    }),
    offset: integer('--offset <N>', 'members to skip first', { min: 0, max: 1_000_000 }),
    maxSize: size('--max-size <SIZE>', 'longer values are shown by their beginning (default 8MB)'),
  },
  examples: [
    { command: 'scalectl cache inspect', does: 'what fills the cache, by groups of keys' },
    { command: 'scalectl cache inspect products_list', does: 'one key, decoded' },
    {
      command: 'scalectl cache inspect big_hash --offset 100 --limit 50',
      does: 'the third fifty members of a collection',
    },
  ],
  exitCodes: { 1: 'there is no such key' },
  run: async (context, { arguments: { key }, options }): Promise<Outcome<InspectResult>> => {
    const driver = await openDriver(context);
    if (key === undefined) return inspectAll(context, driver);
    const result = await driver.describe(key, {
      offset: options.offset ?? 0,
      limit: options.limit ?? 100,
      maxBytes: Math.max(1, options.maxSize ?? defaultMaxBytes),
    });
    if (result) return { result };
    return { result: null, exitCode: 1, text: `no such key: ${keyText(key)}` };
  },
  render: (result, screen) => {
    if (result === null) return '';
    if ('groups' in result) return renderKeyspace(result, screen);
    return 'torn' in result ? renderFolder(result, screen) : renderKey(result, screen);
  },
});

async function inspectAll(
  context: Context,
  driver: Awaited<ReturnType<typeof openDriver>>,
): Promise<Outcome<KeyspaceResult | FolderResult>> {
  const { label, keyspace, folder } = driver;
  const { signal, progress } = context;
  progress.start('reading the cache');
  if (!keyspace) {
    const survey = folder ? await folder.survey({ signal }) : null;
    if (!survey) throw new Error(`the ${driver.name} driver can neither list keys nor files`);
    return { result: { driver: 'file', label, ...survey } };
  }
  const { values } = await context.config();
  const { surveyKeyspace } = await import('../../src/cache/overview.ts');
  const overview = await surveyKeyspace(keyspace, {
    maxLatencyMs: values.cache.maxLatency,
    protect: values.cache.protect,
    signal,
    onProgress: (keys) => progress.update(`reading the cache: ${plural(keys, 'key')}`),
  });
  const next = nextStep(overview.groups);
  return { result: { driver: 'redis', label, ...overview }, ...(next === null ? {} : { next }) };
}

/** The keys of the largest group that a person could type without quoting surprises. */
function nextStep(groups: readonly KeyGroup[]): string | null {
  const largest = groups.find(({ isProtected, keys }) => !isProtected && keys > 1)?.group;
  if (largest === undefined || !/^[\w:.*-]+$/.test(largest)) return null;
  return `scalectl cache keys --pattern '${largest}'`;
}

function renderKey(result: KeyDescription, screen: Screen): string {
  const pairs: [string, string][] = [
    ['type', typeText(result)],
    ['expires', result.ttlMs === null ? 'never' : `in ${ttlText(result.ttlMs)}`],
    ['size', sizeText(result)],
    ['format', result.encoding],
  ];
  if (result.idleMs !== null) pairs.push(['last used', `${formatMs(result.idleMs)} ago`]);
  const value = firstLines(valueText(result.value), shownLines);
  return [
    `${screen.heading(keyText(result.key))}`,
    screen.pairs(pairs),
    '',
    value,
    ...(result.isPartial ? ['', partText(result)] : []),
  ].join('\n');
}

function typeText({ type, serverEncoding, members }: KeyDescription): string {
  const of = members === null ? '' : ` of ${plural(members, 'member')}`;
  return `${type}${of}${serverEncoding === null ? '' : ` (${serverEncoding})`}`;
}

function sizeText({ sizeBytes, lengthBytes }: KeyDescription): string {
  if (lengthBytes === null) return formatBytes(sizeBytes);
  const value = `value ${formatBytes(lengthBytes)}`;
  return sizeBytes === null ? value : `${formatBytes(sizeBytes)}, ${value}`;
}

function partText({ members, lengthBytes }: KeyDescription): string {
  return members === null
    ? `This is the beginning of ${formatBytes(lengthBytes)}; --max-size shows more.`
    : `This is a part of ${plural(members, 'member')}; --offset and --limit show others.`;
}

function renderKeyspace(result: KeyspaceResult, screen: Screen): string {
  const shown = result.groups.slice(0, shownGroups);
  const rest = result.groups.slice(shownGroups);
  const restKeys = rest.reduce((sum, group) => sum + group.keys, 0);
  return [
    `${screen.heading('cache')}: ${result.driver} ${result.label}, ${plural(result.keys, 'key')}`,
    '',
    screen.table(
      [
        { title: 'keys', flexible: true },
        { title: 'number', align: 'right' },
        { title: 'memory', align: 'right' },
        { title: 'mean', align: 'right' },
        { title: 'type' },
        { title: 'expires in', align: 'right' },
        { title: 'never expire', align: 'right' },
        { title: '' },
      ],
      shown.map((group) => [
        safeText(group.group),
        group.keys,
        formatBytes(group.estimatedBytes),
        formatBytes(group.meanBytes),
        Object.keys(group.types).join(', '),
        formatMs(group.medianTtlMs),
        formatRate(group.withoutTtl),
        group.isProtected ? 'kept by flush' : ' ',
      ]),
    ),
    ...(rest.length > 0
      ? [`… ${plural(rest.length, 'more group')} with ${plural(restKeys, 'key')}; --json has all`]
      : []),
    '',
    `Memory, type and lifetime are estimates from ${plural(result.sampled, 'sampled key')}.`,
    ...(result.isPartial ? ['Stopped before the end: figures are of the part that was read.'] : []),
  ].join('\n');
}

function renderFolder(result: FolderResult, screen: Screen): string {
  return [
    `${screen.heading('cache')}: file ${result.label}`,
    '',
    screen.pairs([
      ['live', `${plural(result.live, 'entry', 'entries')}, ${formatBytes(result.liveBytes)}`],
      ['expired', `${formatNumber(result.expired)}, ${formatBytes(result.expiredBytes)}`],
      ['torn', formatNumber(result.torn)],
      ['kept by flush', `${formatNumber(result.protected)} (rate limits and jobs)`],
      ['not ours', `${formatNumber(result.foreign)} (links, folders, other names; never touched)`],
    ]),
    ...(result.tornExamples.length > 0
      ? [
          '',
          screen.heading('torn'),
          ...result.tornExamples.map(({ file, reason }) => `  ${safeText(file)}: ${reason}`),
        ]
      : []),
    '',
    'The keys of a file cache cannot be listed: only their md5 is kept.',
  ].join('\n');
}
