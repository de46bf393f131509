import type { QueueStats } from '../../src/queue/store.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatMs, formatNumber } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import { openQueue } from './open.ts';

export const stats = defineCommand({
  name: 'stats',
  summary: 'how many jobs wait, run, are done and have failed, by type and priority',
  description:
    'Every job is counted once, all at the same moment. Pending jobs are due now, scheduled ones later; failed are the dead letters; completed and cancelled are what queue.retention still keeps.',
  changes: 'nothing',
  examples: [
    { command: 'scalectl queue stats', does: 'prints the counts' },
    { command: 'scalectl queue stats --json', does: 'for a script' },
  ],
  run: async (context) => {
    const store = await openQueue(context);
    const result = await store.stats();
    const next = nextStep(result);
    return { result, ...(next === null ? {} : { next }) };
  },
  render: renderStats,
});

function nextStep({ failed, pending, paused }: QueueStats): string | null {
  if (failed > 0) return 'scalectl queue list --status failed';
  if (paused.length > 0 && pending > 0) return 'scalectl queue resume';
  return pending > 0 ? 'scalectl queue process' : null;
}

export function renderStats(result: QueueStats, screen: Screen): string {
  const types = Object.entries(result.byType);
  const priorities = Object.entries(result.byPriority)
    .filter(([, jobs]) => jobs > 0)
    .map(([priority, jobs]) => `${formatNumber(jobs)} ${priority}`);
  const lines = [
    screen.heading('queue'),
    '',
    screen.pairs([
      ['pending', pendingText(result, priorities)],
      ['scheduled', formatNumber(result.scheduled)],
      ['processing', formatNumber(result.processing)],
      ['completed', formatNumber(result.completed)],
      ['failed', formatNumber(result.failed)],
      ['cancelled', formatNumber(result.cancelled)],
    ]),
  ];
  if (types.length > 0) lines.push('', typeTable(types, screen));
  if (result.paused.length > 0) {
    const what = result.paused.map((type) => (type === '*' ? 'the whole queue' : type));
    lines.push('', `paused: ${what.join(', ')}`);
  }
  return lines.join('\n');
}

function pendingText(result: QueueStats, priorities: readonly string[]): string {
  const { pending, oldestPendingAgeMs } = result;
  if (oldestPendingAgeMs === null) return formatNumber(pending);
  return `${formatNumber(pending)} (${priorities.join(', ')}); the oldest is due since ${formatMs(oldestPendingAgeMs)}`;
}

function typeTable(types: [string, QueueStats['byType'][string]][], screen: Screen): string {
  return screen.table(
    [
      { title: 'type', flexible: true },
      { title: 'pending', align: 'right' },
      { title: 'scheduled', align: 'right' },
      { title: 'running', align: 'right' },
      { title: 'completed', align: 'right' },
      { title: 'failed', align: 'right' },
    ],
    types.map(([type, counts]) => [
      type,
      counts.pending,
      counts.scheduled,
      counts.processing,
      counts.completed,
      counts.failed,
    ]),
  );
}
