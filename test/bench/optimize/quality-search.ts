import type { Session } from '../../../src/database/types.ts';
import type { Query } from '../../../src/optimizer/sql/query.ts';
import { execute } from './quality-cost.ts';

/** An index that is there for the search, whether a set has it or not. */
export interface Choice {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly bytes: number;
}

/** One plan of a statement: the indexes that it stands on, and what it costs. */
interface Plan {
  readonly uses: readonly string[];
  readonly cost: number;
  readonly without: Map<string, Plan>;
}

export interface Best {
  readonly names: readonly string[];
  readonly cost: number;
  readonly bytes: number;
  /** Plans that were executed. */
  readonly executed: number;
}

/** Sets that gain less than this part of the best gain more than another one are held to be as good. */
const asGood = 0.001;

/**
 * The best set of indexes for some statements: the least cost altogether, and of the sets as good as that the one with
 * the fewest bytes. It is exhaustive. A statement's plan stays the same while the indexes it uses are there, so that
 * taking these away, one by one, shows each plan that any set can lead to; of the sets only those are left out that
 * can be no better than one that is known.
 */
export async function findBest(
  session: Session,
  queries: readonly Query[],
  choices: readonly Choice[],
): Promise<Best> {
  let executed = 0;
  const roots: Plan[] = [];
  for (const query of queries) {
    const known = new Map<string, Plan>();
    const expand = async (excluded: readonly string[]): Promise<Plan> => {
      const id = [...excluded].sort().join();
      const before = known.get(id);
      if (before) return before;
      executed += 1;
      const { keys, cost } = await execute(session, query, byTable(choices, excluded));
      const uses = choices.map(({ name }) => name).filter((name) => keys.has(name));
      const plan: Plan = { uses, cost, without: new Map() };
      known.set(id, plan);
      for (const name of uses) plan.without.set(name, await expand([...excluded, name]));
      return plan;
    };
    roots.push(await expand([]));
  }
  const sizes = new Map(choices.map(({ name, bytes }) => [name, bytes]));
  const base = total(roots.map((root) => reach(root, () => true)));
  const least = search(roots, sizes, (cost) => cost, Infinity);
  const limit = least.cost + asGood * (base - least.cost);
  const smallest = search(roots, sizes, (_, bytes) => bytes, limit);
  return { ...smallest, executed };
}

/** The plan's cost when everything is taken away that `isAway` says. */
function reach(plan: Plan, isAway: (name: string) => boolean): number {
  const missing = plan.uses.find(isAway);
  const next = missing === undefined ? undefined : plan.without.get(missing);
  return next ? reach(next, isAway) : plan.cost;
}

type Found = Omit<Best, 'executed'>;

/** Decides about one index after the other, in the order in which plans ask for them. */
function search(
  roots: readonly Plan[],
  sizes: ReadonlyMap<string, number>,
  aim: (cost: number, bytes: number) => number,
  costLimit: number,
): Found {
  let best: Found = { names: [], cost: Infinity, bytes: Infinity };
  const isBetter = (cost: number, bytes: number): boolean => {
    const difference = aim(cost, bytes) - aim(best.cost, best.bytes);
    return difference < 0 || (difference === 0 && (cost < best.cost || bytes < best.bytes));
  };
  const decide = (plans: readonly Plan[], taken: readonly string[], bytes: number): void => {
    const cost = total(plans.map((plan) => leastOf(plan)));
    if (cost > costLimit || !isBetter(cost, bytes)) return;
    const open = plans.flatMap(({ uses }) => uses).find((name) => !taken.includes(name));
    if (open === undefined) {
      const reached = total(plans.map((plan) => plan.cost));
      if (reached <= costLimit && isBetter(reached, bytes)) {
        best = { names: taken, cost: reached, bytes };
      }
      return;
    }
    decide(plans, [...taken, open], bytes + (sizes.get(open) ?? 0));
    decide(
      plans.map((plan) => plan.without.get(open) ?? plan),
      taken,
      bytes,
    );
  };
  decide(roots, [], 0);
  return best;
}

const leasts = new WeakMap<Plan, number>();

/** No set leads to less. */
function leastOf(plan: Plan): number {
  const known = leasts.get(plan);
  if (known !== undefined) return known;
  const least = Math.min(plan.cost, ...[...plan.without.values()].map(leastOf));
  leasts.set(plan, least);
  return least;
}

function total(costs: readonly number[]): number {
  return costs.reduce((sum, cost) => sum + cost, 0);
}

function byTable(
  choices: readonly Choice[],
  names: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  for (const { name, table } of choices) {
    if (names.includes(name)) result.set(table, [...(result.get(table) ?? []), name]);
  }
  return result;
}
