import { ownTablePrefix, quoteName } from '../../database/identifiers.ts';
import type { Database, PinnedSession } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { isConnectionLost } from '../apply/journaled.ts';
import { alterOnline } from '../change.ts';
import type { Journal } from '../journal.ts';
import type { Table } from '../schema.ts';
import { fillCopy, whyNotSampled } from './sample.ts';

/** The names stay the same in every run, so that the server's statistics of statements do not fill up with new ones. */
const prefix = `${ownTablePrefix}shadow_`;

export interface Copy {
  readonly name: string;
  readonly rows: number;
}

/** Why there is no copy. `isTold`: the operator can do something about it. */
export interface NoCopy {
  readonly reason: string;
  readonly isTold: boolean;
}

interface Parts {
  readonly database: Database;
  readonly session: PinnedSession;
  readonly journal: Journal;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The copies of one run, one a table. A copy holds a part of the table's rows and all of its indexes. */
export class ShadowCopies {
  readonly #parts: Parts;
  readonly #made = new Map<string, Copy | NoCopy>();
  /** Set once the account or the server is known to forbid copies. */
  #forbidden: NoCopy | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The copy of a table; made when it is asked for first. */
  async of(table: Table): Promise<Copy | NoCopy> {
    const known = this.#made.get(table.name) ?? this.#forbidden;
    if (known) return known;
    const made = await this.#make(table);
    this.#made.set(table.name, made);
    return made;
  }

  /** For a copy that turned out to be of no use. */
  giveUp(table: Table, why: NoCopy): void {
    this.#made.set(table.name, why);
  }

  /** Drops all copies that the journal knows of: those of this run, and those of killed ones. */
  async drop(): Promise<void> {
    await this.#orTell(async () => {
      for (const { id, copy } of await this.#parts.journal.openCopies()) await this.#end(id, copy);
    });
  }

  /** What cannot be dropped now is left to the next run. */
  async #orTell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ScalectlError)) throw error;
      const reason = `a copy could not be dropped, which the next run tries again: ${error.message}`;
      this.#forbidden = { reason, isTold: true };
      this.#parts.onProgress(reason);
    }
  }

  async #end(id: number, name: string): Promise<void> {
    // The journal is a table that others may write to: it must not name a table of the platform.
    if (name.startsWith(prefix)) await this.#dropTable(name);
    await this.#parts.journal.endCopy(id);
  }

  async #make(table: Table): Promise<Copy | NoCopy> {
    const { session, journal, database, signal, onProgress } = this.#parts;
    const unfit = await whyNotSampled(session, table);
    if (unfit) return unfit;
    const name = `${prefix}${this.#made.size + 1}`;
    if (await this.#isThere(name)) {
      return { reason: `there is a table ${name} already`, isTold: true };
    }
    onProgress(`copying a part of ${table.name}`);
    const id = await journal.beginCopy(table.name, name);
    const like = `CREATE TABLE ${quoteName(name)} LIKE ${quoteName(table.name)}`;
    try {
      await alterOnline(database, like, 'usual', { signal, table: table.name });
      // Rows must not be put where they could not be removed from.
      await this.#dropTable(name);
      await alterOnline(database, like, 'usual', { signal, table: table.name });
      if (table.isPartitioned) {
        await database.define(
          `/* scalectl:optimize-db */ ALTER TABLE ${quoteName(name)} REMOVE PARTITIONING`,
          { signal },
        );
      }
      const rows = await fillCopy(session, table, name, signal);
      if (typeof rows === 'number') {
        await database.define(`/* scalectl:optimize-db */ ANALYZE TABLE ${quoteName(name)}`, {
          signal,
        });
        return { name, rows };
      }
      await this.#end(id, name);
      return rows;
    } catch (error) {
      if (!(error instanceof ScalectlError) || isConnectionLost(error) || signal.aborted)
        throw error;
      await this.#orTell(() => this.#end(id, name));
      const why = { reason: error.message, isTold: true };
      if (error.code === 'privilege-missing') this.#forbidden = why;
      return why;
    }
  }

  async #isThere(name: string): Promise<boolean> {
    const rows = await this.#parts.session.read(
      `/* scalectl:optimize-db */ SELECT 1 FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
      [this.#parts.database.target.database, name],
    );
    return rows.length > 0;
  }

  /** Also after Ctrl-C, so without the signal. */
  async #dropTable(name: string): Promise<void> {
    // An account that may not drop would be refused even where there is nothing to drop.
    if (!(await this.#isThere(name))) return;
    await alterOnline(this.#parts.database, `DROP TABLE ${quoteName(name)}`, 'toUndo', {
      table: name,
    });
  }
}
