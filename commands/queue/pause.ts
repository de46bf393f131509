import { defineCommand } from '../define.ts';
import { argumentList } from '../option.ts';
import { openQueueForChange } from './open.ts';

/** `*` stands for the whole queue. */
interface PauseResult {
  types: string[];
  paused: string[];
  dryRun: boolean;
}

const typesArgument = argumentList('[TYPE...]', 'types; without any, the whole queue');

export const pause = defineCommand({
  name: 'pause',
  summary: 'let no new job begin, in the whole queue or of some types',
  description: 'Running jobs go on. Jobs can still be added; they wait. It holds for all hosts.',
  changes: 'data',
  arguments: { types: typesArgument },
  examples: [
    { command: 'scalectl queue pause', does: 'the whole queue' },
    { command: 'scalectl queue pause send_email', does: 'mails alone' },
  ],
  run: async (context, { arguments: { types } }) => {
    const store = await openQueueForChange(context);
    const chosen = types.length === 0 ? ['*'] : [...types];
    const { dryRun } = context.globals;
    if (!dryRun) await store.pause(chosen);
    const { paused } = await store.stats();
    const result: PauseResult = { types: chosen, paused, dryRun };
    return { result, ...(dryRun ? {} : { next: resumeCommand(types) }) };
  },
  render: ({ types, dryRun }) => `${dryRun ? 'dry run: would pause' : 'paused'} ${names(types)}`,
});

export const resume = defineCommand({
  name: 'resume',
  summary: 'let jobs begin again',
  description: 'Without a type: the whole queue, and every type that was paused by itself.',
  changes: 'data',
  arguments: { types: typesArgument },
  examples: [
    { command: 'scalectl queue resume', does: 'everything' },
    { command: 'scalectl queue resume send_email', does: 'mails alone' },
  ],
  run: async (context, { arguments: { types } }) => {
    const store = await openQueueForChange(context);
    const chosen = types.length === 0 ? ['*'] : [...types];
    const { dryRun } = context.globals;
    if (!dryRun) await store.resume(chosen);
    const { paused } = await store.stats();
    const result: PauseResult = { types: chosen, paused, dryRun };
    return { result };
  },
  render: ({ types, paused, dryRun }) => {
    const done = `${dryRun ? 'dry run: would resume' : 'resumed'} ${names(types)}`;
    return paused.length === 0 || dryRun ? done : `${done}; still paused: ${names(paused)}`;
  },
});

function names(types: readonly string[]): string {
  return types.map((type) => (type === '*' ? 'the whole queue' : type)).join(', ');
}

function resumeCommand(types: readonly string[]): string {
  return ['scalectl queue resume', ...types].join(' ');
}
