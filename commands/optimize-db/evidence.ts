import { ScalectlError } from '../../src/errors.ts';
import type { EvidenceInput } from '../../src/optimizer/evidence/collector.ts';
import type { Context } from '../context.ts';
import { text } from '../option.ts';
import type { ValuesOf } from '../option.ts';
import { readWorkload, shellWord } from './workload.ts';

/** Where a workload comes from, beside what the server knows: of optimize-db, plan and apply alike. */
export const evidenceOptions = {
  workload: text(
    '--workload <FILE>',
    'SQL statements that the application runs, with values: each ended by a semicolon, or one a line',
  ),
  slowLog: text(
    '--slow-log <FILE>',
    'slow query log of MariaDB, MySQL or Percona Server; where the server keeps it as a table, it is read by itself',
  ),
  scan: text(
    '--scan <DIR>',
    'PHP source of the application: the statements in it, and the indexes that it makes',
  ),
};

export type EvidenceFlags = Partial<ValuesOf<typeof evidenceOptions>>;

/** Reads what the flags name, and finds the folder of the platform. */
export async function readEvidence(context: Context, flags: EvidenceFlags): Promise<EvidenceInput> {
  const { values } = await context.config();
  return {
    workload: await readWorkload(flags.workload),
    slowLog: flags.slowLog ?? null,
    scan: flags.scan ?? null,
    platformFolder: values.platform.dir,
  };
}

/** @throws ScalectlError `usage` for a plan file with flags that would change the plan */
export function refuseEvidence(flags: EvidenceFlags): void {
  const given = flagsOf(flags).map(([flag]) => flag);
  if (given.length === 0) return;
  throw new ScalectlError('usage', `a plan file and ${given.join(', ')} exclude each other`, {
    hint: 'The plan holds the statements that it was made from.',
  });
}

/** The command line that does the next step with the same evidence. */
export function withEvidence(command: string, flags: EvidenceFlags): string {
  return [command, ...flagsOf(flags).map(([flag, file]) => `${flag} ${shellWord(file)}`)].join(' ');
}

function flagsOf({ workload, slowLog, scan }: EvidenceFlags): [string, string][] {
  const given: [string, string | undefined][] = [
    ['--workload', workload],
    ['--slow-log', slowLog],
    ['--scan', scan],
  ];
  return given.flatMap(([flag, file]): [string, string][] =>
    file === undefined ? [] : [[flag, file]],
  );
}
