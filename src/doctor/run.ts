import { ScalectlError } from '../errors.ts';
import { failed } from './part.ts';
import type { DoctorContext, Part, PartReport, Proof } from './part.ts';
import { cache } from './parts/cache.ts';
import { ownTables, select } from './parts/database.ts';
import { configFile, logFolder, stateFolder } from './parts/files.ts';
import { queue } from './parts/queue.ts';
import { scheduleEntries, scheduleHeartbeats } from './parts/schedule.ts';

/** In the order in which one rests on the other. */
const parts: readonly Part[] = [
  select,
  ownTables,
  cache,
  queue,
  scheduleEntries,
  scheduleHeartbeats,
  configFile,
  stateFolder,
  logFolder,
];

/** Proves one part after the other, so that no more than two connections are open. None hides another. */
export async function proveParts(
  context: DoctorContext,
  onProgress: (id: string) => void,
): Promise<PartReport[]> {
  const reports: PartReport[] = [];
  for (const part of parts) {
    if (context.signal.aborted) break;
    onProgress(part.id);
    const startedAt = performance.now();
    const proof = await proofOf(part, context);
    const durationMs = Math.round(performance.now() - startedAt);
    reports.push({ id: part.id, area: part.area, ...proof, durationMs });
  }
  return reports;
}

async function proofOf(part: Part, context: DoctorContext): Promise<Proof> {
  try {
    return await part.prove(context);
  } catch (error) {
    if (error instanceof ScalectlError) {
      return failed(error.message, error.hint);
    }
    const message = error instanceof Error ? error.message : String(error);
    return failed(
      `this is a defect in scalectl: ${message}`,
      'Report it with what scalectl doctor --json prints.',
      'scalectl doctor --json',
    );
  }
}
