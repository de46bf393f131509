import { ScalectlError } from '../../../errors.ts';
import { inspectSchema } from '../../inspect.ts';
import type { Run } from '../../run.ts';
import { dropExported } from './drop-exported.ts';
import { exportPartition, whyNotExport } from './export-partition.ts';

/**
 * Writes partitions to files and drops them, one after the other. Killed at any moment it leaves each one where it
 * was, or whole in a file, or both; the next run goes on.
 * @param onDropped told of each partition and its file
 * @throws ScalectlError naming what stands against it
 */
export async function exportAndDrop(
  run: Run,
  tableName: string,
  partitions: readonly string[],
  folder: string,
  onDropped: (partition: string, file: string) => void,
): Promise<void> {
  const { database, session, signal } = run;
  const context = { database: database.target.database, flavor: database.flavor, signal };
  const table = (await inspectSchema(session, context)).tables.get(tableName);
  if (!table) throw new ScalectlError('not-found', `there is no table ${tableName}`);
  const problem = whyNotExport(table);
  if (problem !== null) {
    throw new ScalectlError('refused', `${tableName} cannot be exported: ${problem}`);
  }
  for (const partition of partitions) {
    run.onProgress(`exporting ${partition} of ${tableName}`);
    const exported = await exportPartition(run, table, partition, folder).catch(tellFolder(folder));
    run.onProgress(`dropping ${partition} of ${tableName}`);
    await dropExported(run, table, partition, exported);
    onDropped(partition, exported.file);
  }
}

/** A full disk or a folder of somebody else is no fault of the program. */
function tellFolder(folder: string): (error: unknown) => never {
  return (error) => {
    const isOfFiles = error instanceof Error && 'syscall' in error;
    if (error instanceof ScalectlError || !isOfFiles) throw error;
    throw new ScalectlError(
      'operation-failed',
      `nothing was exported to ${folder}, and nothing dropped: ${error.message}`,
      { cause: error },
    );
  };
}
