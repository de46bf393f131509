import type { Login } from '../../database/target.ts';
import type { Program } from '../../sandbox/program-cache.mjs';

/** A copy that pt-online-schema-change makes, without putting it in the table's place. */
export interface Copy {
  readonly table: string;
  /** The copy's name; it must not exist. */
  readonly copyName: string;
  /** What stands behind `ALTER TABLE name`. */
  readonly alter: string;
  /** A column that may be NULL becomes NOT NULL; there are no such rows. */
  readonly endsNull: boolean;
}

/**
 * Waits for a line on standard input before the tool begins, under the same process number: when this process is
 * killed before it has written that number down, nothing has begun.
 */
const gate =
  'defined(my $line = <STDIN>) or exit 75; open STDIN, "<", "/dev/null"; exec { $ARGV[0] } @ARGV or exit 127';

/** What one chunk may take: writers wait for the rows of the chunk that is copied. */
const chunkSeconds = 0.05;

/**
 * The words of the command line, to be run without a shell. The account and its password stand in the defaults file.
 * The table is left as it is, the triggers and the copy stay: the caller compares both, and swaps or removes them.
 */
export function commandLine(
  program: Program,
  { target }: Login,
  copy: Copy,
  defaultsFile: string,
): string[] {
  const server =
    target.socketPath === null ? `h=${target.host},P=${target.port}` : `S=${target.socketPath}`;
  return [
    'perl',
    '-e',
    gate,
    program.command,
    ...program.args,
    // The first option, and an empty one: /etc/percona-toolkit must not change what is done here.
    '--config',
    '/dev/null',
    '--alter',
    copy.alter,
    '--new-table-name',
    copy.copyName,
    '--execute',
    '--no-swap-tables',
    '--no-drop-new-table',
    '--no-drop-triggers',
    '--no-drop-old-table',
    // Both guards are about keys that get narrower: each key of the copy holds the whole of an old one and the date,
    // so no row can be lost to it. The caller compares both tables, row by row, before it swaps them.
    '--no-check-alter',
    '--no-check-unique-key-change',
    ...(copy.endsNull ? ['--null-to-not-null'] : []),
    '--no-version-check',
    '--recursion-method',
    'none',
    '--chunk-time',
    String(chunkSeconds),
    '--set-vars',
    // The bounds of months are UTC. Waiting for the table for long would hold up everybody else.
    "lock_wait_timeout=1,innodb_lock_wait_timeout=1,time_zone='+00:00'",
    '--tries',
    'create_triggers:20:1,drop_triggers:20:1,copy_rows:20:0.5',
    '--progress',
    'time,1',
    '--charset',
    'utf8mb4',
    `F=${defaultsFile},${server},D=${target.database},t=${copy.table}`,
  ];
}

/** The `[client]` section that the tool reads the account from. */
export function defaultsText({ target, password }: Login): string {
  const quote = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return `[client]\nuser=${quote(target.user)}\npassword=${quote(password)}\n`;
}

/** Both must fit into the name of a trigger, 64 characters, with `pt_osc_`, `_` and `_ins`. */
const longestNames = 52;

/**
 * Why the tool cannot be given this table; null when it can. Its address of a table is a list of parts with commas,
 * and it takes names apart at dots and quotes.
 */
export function whyNotCarried(
  { target }: Login,
  table: string,
  columns: readonly string[],
): string | null {
  const carried = /^[\w$-]+$/;
  if (!carried.test(table)) return `it cannot be given the table name ${table}`;
  if (!carried.test(target.database))
    return `it cannot be given the database name ${target.database}`;
  const place = target.socketPath ?? target.host;
  if (!/^[\w.:/-]+$/.test(place)) return `it cannot be given the address ${place}`;
  const column = columns.find((name) => !/^[\w $-]+$/.test(name));
  if (column !== undefined) return `it cannot be given the column name ${column}`;
  return target.database.length + table.length > longestNames
    ? 'the names of the database and the table are too long for its triggers'
    : null;
}
