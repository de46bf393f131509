import type { Candidate } from './candidates.ts';
import type { JudgedStatement } from './evidence/statements.ts';
import { rowsExamined } from './explain.ts';
import { isSameShape } from './index-shape.ts';
import type { IndexPart, Table } from './schema.ts';

/** Candidates of several statements that one index serves. */
export interface Merged {
  readonly table: Table;
  readonly parts: readonly IndexPart[];
  readonly statements: readonly JudgedStatement[];
  readonly benefits: readonly string[];
  /** Rows read by its statements, all executions together: what there is to gain. */
  readonly weight: number;
  /** See Candidate: all of its statements want it after other indexes. */
  readonly isFollowing: boolean;
}

/** Parts in their order; those of one group in any. */
type Groups = readonly (readonly IndexPart[])[];

interface Home {
  readonly table: Table;
  groups: Groups;
  readonly candidates: Candidate[];
}

/**
 * Makes as few indexes of the candidates as serve them all: one that begins a longer one is served by that, and
 * columns that are each equal to one value are put in the order that serves the most.
 */
export function mergeCandidates(candidates: readonly Candidate[]): Merged[] {
  // Of two that are equally long, the one whose order is not free decides about it.
  const longestFirst = [...candidates].sort(
    (a, b) => b.parts.length - a.parts.length || a.freeParts - b.freeParts,
  );
  const homes: Home[] = [];
  for (const candidate of longestFirst) {
    const groups = groupsOf(candidate);
    const isServedBy = homes.some((home) => {
      const common = home.table === candidate.table ? withBeginning(home.groups, groups) : null;
      if (common === null) return false;
      home.groups = common;
      home.candidates.push(candidate);
      return true;
    });
    if (!isServedBy) homes.push({ table: candidate.table, groups, candidates: [candidate] });
  }
  return homes.map(toMerged);
}

function toMerged({ table, groups, candidates }: Home): Merged {
  const statements = [...new Set(candidates.map(({ statement }) => statement))];
  return {
    table,
    parts: groups.flat(),
    statements,
    benefits: [...new Set(candidates.map(({ benefit }) => benefit))],
    weight: statements.reduce(
      (sum, { plan, statement }) => sum + rowsExamined(plan) * (statement.count ?? 1),
      0,
    ),
    isFollowing: candidates.every((candidate) => candidate.isFollowing),
  };
}

function groupsOf({ parts, freeParts }: Candidate): Groups {
  const fixed = parts.slice(freeParts).map((part) => [part]);
  return freeParts > 0 ? [parts.slice(0, freeParts), ...fixed] : fixed;
}

/**
 * The longer list in an order that begins as the shorter one asks for; null when there is none. What is left free by
 * both stays free.
 */
function withBeginning(longer: Groups, shorter: Groups): Groups | null {
  const [own, ...ownRest] = longer;
  const [asked, ...askedRest] = shorter;
  if (!asked) return longer;
  if (!own) return null;
  const common = own.filter((part) => isIn(part, asked));
  const ownLeft = own.filter((part) => !isIn(part, asked));
  const askedLeft = asked.filter((part) => !isIn(part, own));
  if (common.length === 0 || (ownLeft.length > 0 && askedLeft.length > 0)) return null;
  const rest = withBeginning(
    ownLeft.length > 0 ? [ownLeft, ...ownRest] : ownRest,
    askedLeft.length > 0 ? [askedLeft, ...askedRest] : askedRest,
  );
  return rest && [common, ...rest];
}

function isIn(part: IndexPart, group: readonly IndexPart[]): boolean {
  return group.some((other) =>
    isSameShape({ parts: [part], type: 'BTREE' }, { parts: [other], type: 'BTREE' }),
  );
}
