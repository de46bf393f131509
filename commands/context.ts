import type { LoadedConfig } from '../src/config/load.ts';
import type { Database } from '../src/database/types.ts';
import type { Progress } from '../src/output/progress.ts';
import type { Prompts } from '../src/output/prompts.ts';
import type { Screen } from '../src/output/screen.ts';
import type { RedisClient } from '../src/redis/connect.ts';

/** What a command is given to work with. Connections open at first use and are closed by the frame. */
export interface Context {
  readonly globals: GlobalOptions;
  /** Aborted by Ctrl-C or SIGTERM: drain or undo, then return the outcome so far. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly prompts: Prompts;
  /** A person is there to be asked: a terminal on both ends, no --json, no --yes. */
  readonly isInteractive: boolean;
  config(): Promise<LoadedConfig>;
  database(): Promise<Database>;
  /** For work that only reads: the first read replica that answers, else the database itself. */
  reader(): Promise<Database>;
  redis(): Promise<RedisClient>;
  /** Runs when the command ends, however it ends; the last added first. */
  onClose(close: () => PromiseLike<void> | void): void;
  /** For the `warnings` of --json, and a line on standard error. */
  warn(message: string): void;
  /** Human text that stands before the result, as a plan or one section of a long run; nothing with --json. */
  show(render: (screen: Screen) => string): Promise<void>;
  /** With --json: one envelope a line while the command watches. Otherwise the rendered text. */
  emit(result: unknown, render: (screen: Screen) => string): Promise<void>;
  /**
   * Asks before a change that is not safe by itself. `--yes` answers it; off a terminal or with --json it
   * throws `confirmation-needed` (77). A declined question throws it too.
   * @param typed the name to type, for what cannot be taken back; off a terminal it comes by --confirm
   */
  confirm(question: string, typed?: { name: string; given: string | undefined }): Promise<void>;
}

export interface GlobalOptions {
  config?: string;
  profile?: string;
  db?: string;
  redis?: string;
  json: boolean;
  quiet: boolean;
  debug: boolean;
  color: boolean;
  yes: boolean;
  dryRun: boolean;
}
