import { quoteName } from '../../../database/identifiers.ts';
import { ScalectlError } from '../../../errors.ts';
import { plural } from '../../../output/text.ts';
import { findTable } from '../../schema.ts';
import type { Schema } from '../../schema.ts';
import { readQuery } from '../../sql/query.ts';
import { Refusal } from '../../sql/refusal.ts';
import type { Collection } from '../collection.ts';
import { notHad } from '../collector.ts';
import type { Collected, EvidenceCollector, GatherContext } from '../collector.ts';
import { hasOpenPlaces, RowValues } from '../row-values.ts';
import { fillHoles } from './fill-holes.ts';
import { makesIndex, readIndexStatement } from './old-index.ts';
import type { OldIndexStatement } from './old-index.ts';
import type { FoundSql } from './php-sql.ts';
import { readPhpFolder } from './read-folder.ts';
import type { ScannedFile, ScannedFolder } from './read-folder.ts';
import { hole } from './template.ts';

const source = 'scan';

/**
 * Statements in the PHP source of --scan DIR. Without it, the folder of the platform is only asked for the index
 * statements that are in it: that a statement stands somewhere is no evidence that it runs.
 */
export const scanSource: EvidenceCollector = { source, collect };

async function collect(collection: Collection, context: GatherContext): Promise<Collected> {
  const { scan, platformFolder, signal } = context;
  if (scan !== null) {
    context.onProgress('reading the PHP source');
    return collectFrom(collection, context, await readPhpFolder(scan, 'statements', signal), true);
  }
  if (platformFolder === null) return notHad;
  try {
    const folder = await readPhpFolder(platformFolder, 'indexes', signal);
    return await collectFrom(collection, context, folder, false);
  } catch (error) {
    // Nobody asked for it in this run: the plan does without.
    if (!(error instanceof ScalectlError) || error.code !== 'input-invalid') throw error;
    return { ...notHad, unknown: [`index statements of the platform: ${error.message}`] };
  }
}

async function collectFrom(
  collection: Collection,
  context: GatherContext,
  { files, skipped }: ScannedFolder,
  isEvidence: boolean,
): Promise<Collected> {
  const oldIndexes: OldIndexStatement[] = [];
  const rows = new RowValues(context.session);
  let writes = 0;
  for (const scanned of files) {
    const { file } = scanned;
    oldIndexes.push(...listedIndexes(scanned, context.schema));
    for (const found of scanned.statements) {
      const place = { file, line: found.line };
      const isIndex = makesIndex(found.template);
      if (isIndex && found.template.includes(hole) && oldIndexes.some((old) => old.file === file)) {
        continue;
      }
      try {
        if (isIndex) oldIndexes.push(...oldIndexesOf(found, file));
        else if (!isEvidence) continue;
        else if (/^\W*(?:SELECT|WITH)\b/i.test(found.template)) {
          await addStatement(collection, context.schema, rows, found, file);
        } else if (/^\W*(?:INSERT|UPDATE|DELETE|REPLACE)\b/i.test(found.template)) writes += 1;
      } catch (error) {
        collection.refuse(error, { statement: shown(found.template), source, ...place });
      }
    }
  }
  if (!isEvidence) return { ...notHad, oldIndexes };
  for (const { file, line, reason } of skipped) {
    collection.refused.push({ statement: '', source, file, line, reason });
  }
  const unknown =
    writes > 0
      ? [
          `${plural(writes, 'INSERT, UPDATE or DELETE', 'INSERT, UPDATE and DELETE')} in the source were not judged`,
        ]
      : [];
  return { isHad: true, windowMs: null, unknown, oldIndexes };
}

async function addStatement(
  collection: Collection,
  schema: Schema,
  rows: RowValues,
  { template, line, dynamic }: FoundSql,
  file: string,
): Promise<void> {
  if (dynamic !== null) throw new Refusal(dynamic);
  const form = readQuery(fillHoles(template), schema);
  if (line !== null) collection.addPlace(form, { file, line });
  // Whoever saw it run knows its values.
  if (collection.addFigures(form, source, { count: null, totalMs: null })) return;
  const filled = hasOpenPlaces(form)
    ? await rows.fill(form)
    : [{ text: form.text, values: 'own' as const }];
  for (const { text, values } of filled) {
    collection.add({
      query: readQuery(text, schema),
      statement: { text, sources: [source], count: null, totalMs: null, values, file, line },
    });
  }
}

function oldIndexesOf({ template, line, dynamic }: FoundSql, file: string): OldIndexStatement[] {
  if (dynamic !== null) throw new Refusal(dynamic);
  if (template.includes(hole)) {
    throw new Refusal('the index that it makes is only known at run time');
  }
  const sql = template.trim().replace(/;$/, '');
  return readIndexStatement(sql).map((made) => ({ file, line, sql, ...made }));
}

function listedIndexes({ file, indexLists }: ScannedFile, schema: Schema): OldIndexStatement[] {
  return indexLists
    .filter((list) => list.some(({ table }) => findTable(schema, table)))
    .flat()
    .map(({ line, table, index, columns }) => {
      const name = index === null ? '' : `${quoteName(index)} `;
      const sql = `ALTER TABLE ${quoteName(table)} ADD INDEX ${name}(${columns.map(quoteName).join(', ')})`;
      return { file, line, sql, table, index, columns, kind: 'plain' };
    });
}

/** A hole as people write it. */
function shown(template: string): string {
  return template.trim().replaceAll(hole, '{…}');
}
