import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { ScalectlError } from '../errors.ts';
import type { Finding, Step } from './findings.ts';
import type { PlanResult } from './plan.ts';
import { stepSql } from './steps.ts';

const format = 1;

interface PlanFile {
  scalectlPlan: number;
  createdAt: string;
  plan: PlanResult;
}

/** Only the owner may read it: statements of the workload hold values. */
export async function writePlanFile(file: string, plan: PlanResult): Promise<void> {
  const content: PlanFile = {
    scalectlPlan: format,
    createdAt: new Date().toISOString(),
    plan,
  };
  try {
    await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new ScalectlError('operation-failed', `cannot write ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads a plan back. Its statements are never executed as they stand in the file: each is made again from its step,
 * and a file in which they differ was changed by hand and is refused.
 * @throws ScalectlError `input-invalid` for what is no plan of ours; `refused` for a plan of another database
 */
export async function readPlanFile(file: string, database: string): Promise<PlanResult> {
  const content = parse(file, await readText(file));
  if (content?.scalectlPlan !== format || !Array.isArray(content.plan?.findings)) {
    throw invalid(file, 'it is no plan of scalectl optimize-db');
  }
  for (const finding of content.plan.findings as (Finding | null)[]) checkFinding(file, finding);
  if (content.plan.database !== database) {
    throw new ScalectlError(
      'refused',
      `${file} is a plan for the database ${content.plan.database}, not for ${database}`,
      { hint: 'Make a plan for this database: scalectl optimize-db plan --out FILE' },
    );
  }
  // What is only told may be missing: earlier versions did not tell it.
  const { oldStatements = [], watched = [] } = content.plan as Partial<PlanResult>;
  return { ...content.plan, oldStatements, watched };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, messageOf(error));
  }
}

function parse(file: string, text: string): PlanFile | null {
  try {
    return JSON.parse(text) as PlanFile | null;
  } catch (error) {
    throw invalid(file, messageOf(error));
  }
}

function checkFinding(file: string, finding: Finding | null): void {
  if (finding?.step === undefined) throw invalid(file, 'a finding is broken');
  if (finding.step === null) return;
  if (!isStep(finding.step)) throw invalid(file, `the step of ${String(finding.id)} is broken`);
  const made = JSON.stringify(stepSql(finding.step));
  const isWhole =
    typeof finding.id === 'string' &&
    Array.isArray(finding.columns) &&
    Array.isArray(finding.evidence?.statements) &&
    finding.evidence.statements.every(({ statement }) => typeof statement === 'string');
  // What is only told may suggest another statement than its step: it is not applied.
  if (isWhole && (finding.status !== 'proposed' || made === JSON.stringify(finding.sql))) return;
  throw invalid(file, `the statements of ${String(finding.id)} were changed by hand`);
}

function isStep(step: unknown): step is Step {
  const { kind, table, index, parts, coveredBy } = step as Record<string, unknown>;
  if (typeof table !== 'string') return false;
  if (kind === 'analyze') return true;
  if (typeof index !== 'string' || !Array.isArray(parts) || !parts.every(isPart)) return false;
  return (
    kind === 'add-index' ||
    (kind === 'drop-index' && (coveredBy === null || typeof coveredBy === 'string'))
  );
}

/** A plan adds indexes on columns alone: an expression would be a way to put SQL into the file. */
function isPart(part: unknown): boolean {
  const { column, expression, prefixLength, isDescending } = part as Record<string, unknown>;
  return (
    typeof column === 'string' &&
    expression === null &&
    (prefixLength === null || Number.isSafeInteger(prefixLength)) &&
    typeof isDescending === 'boolean'
  );
}

function invalid(file: string, why: string): ScalectlError {
  return new ScalectlError('input-invalid', `cannot use ${file}: ${why}`, {
    hint: 'Make a new one: scalectl optimize-db plan --out FILE',
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
