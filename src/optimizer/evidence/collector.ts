import type { Flavor } from '../../database/flavor.ts';
import type { Session } from '../../database/types.ts';
import type { Schema } from '../schema.ts';
import type { Collection } from './collection.ts';
import type { OldIndexStatement } from './scan/old-index.ts';
import type { StatementSource } from './statements.ts';

/** What a person gives beside what the server has by itself. */
export interface EvidenceInput {
  /** Text of the file of --workload; null without one. */
  readonly workload: string | null;
  /** Path of a slow log; null without one. */
  readonly slowLog: string | null;
  /** Folder with PHP source whose statements are evidence; null without one. */
  readonly scan: string | null;
  /** Folder of the platform: without `scan`, only the index statements in it are looked at; null when unknown. */
  readonly platformFolder: string | null;
}

export interface GatherContext extends EvidenceInput {
  readonly session: Session;
  readonly flavor: Flavor;
  readonly schema: Schema;
  /** Indexes that scalectl made: statements that ignore one of them are its own proofs. */
  readonly ownIndexes: readonly string[];
  /** Most statements to judge. */
  readonly maxStatements: number;
  readonly timeoutMs: number;
  /** A source that takes its time says so. */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What one source came to, beside the statements that it put into the collection. */
export interface Collected {
  /** False where the source is not to be had; `unknown` says why. */
  readonly isHad: boolean;
  /** From the first to the last execution that it saw; null where it does not tell. */
  readonly windowMs: number | null;
  /** What it leaves unknown, in sentences. */
  readonly unknown: readonly string[];
  /** Index statements that it found in the source of the platform. */
  readonly oldIndexes?: readonly OldIndexStatement[];
}

/** One source of statements. Adds what it finds to the collection; what it cannot judge it refuses there. */
export interface EvidenceCollector {
  readonly source: StatementSource;
  readonly collect: (collection: Collection, context: GatherContext) => Promise<Collected>;
}

export const notHad: Collected = { isHad: false, windowMs: null, unknown: [] };
