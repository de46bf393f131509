import { readdir } from 'node:fs/promises';
import { listProcesses } from '../../src/sandbox/servers/processes.ts';
import type { DemoSummary } from '../../commands/demo/result.ts';
import type { StepResult } from '../../commands/demo/step.ts';

/** What `demo --json` has as result. */
export interface DemoJson {
  scale: string;
  seed: number;
  steps: StepResult[];
  summary: DemoSummary;
  kept: { folder: string; configFile: string; siteUrl: string } | null;
}

/** Sandbox folders in a temporary folder, and processes that name it, each in one line. */
export async function leftIn(temporary: string): Promise<string[]> {
  const folders = (await readdir(temporary)).filter((name) => name.startsWith('scalectl-'));
  const processes = (await listProcesses()).filter(({ commandLine }) =>
    commandLine.includes(temporary),
  );
  return [...folders, ...processes.map(({ pid, commandLine }) => `${pid} ${commandLine}`)];
}
