import type { Finding, RuleName } from '../findings.ts';
import type { ServerFacts } from '../evidence/server-facts.ts';
import type { Schema } from '../schema.ts';
import type { JudgedStatement } from '../evidence/statements.ts';

/** Everything a rule may look at; all of it was read before. */
export interface RuleInput {
  readonly schema: Schema;
  /** Statements of the workload that were understood, each with the server's plan for it. */
  readonly statements: readonly JudgedStatement[];
  /** What the server tells beside the schema; absent where it was not asked. */
  readonly server?: ServerFacts;
}

/** One kind of advice. A rule only looks: it neither reads nor changes the database. */
export interface Rule {
  readonly name: RuleName;
  readonly find: (input: RuleInput) => Finding[];
}
