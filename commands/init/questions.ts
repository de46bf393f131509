import type { LoadedConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/database/types.ts';
import { ScalectlError } from '../../src/errors.ts';
import type { CacheCheck } from '../../src/init/test-connections.ts';
import type { Context } from '../context.ts';
import type { Flags, Setup } from './index.ts';

/** What a mistyped address, name or password leads to: asked again instead of an end. */
const retried = [
  'database-unreachable',
  'access-denied',
  'database-missing',
  'privilege-missing',
  'config-missing',
  'config-invalid',
  'cache-unreachable',
];

const passwordVariable = 'SCALECTL_DATABASE_PASSWORD';

type Load = (flags: Flags) => Promise<LoadedConfig>;

/**
 * Asks for what is not known yet, and tests each answer before the next question. Answers are flags to the settings,
 * so that what they mean and how they are checked stays in one place.
 */
export async function askForSettings(context: Context, flags: Flags, load: Load): Promise<Setup> {
  const answers = { ...flags };
  const references = new Map<string, string>();
  await askForPlatform(context, answers, load);
  const database = await askForDatabase(context, { answers, references, load });
  try {
    const cache = await askForCache(context, answers, load);
    const loaded = await load(answers);
    for (const message of loaded.warnings) context.warn(message);
    return { loaded, database, cache, references };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

async function askForPlatform(context: Context, answers: Flags, load: Load): Promise<void> {
  const { discovery, origins } = await load(answers);
  if (!discovery || origins.get('platform.dir')?.kind !== 'discovered') return;
  const isUsed = await context.prompts.confirm(
    `Use the settings of the PHP platform in ${discovery.folder}?`,
    { default: true },
  );
  if (!isUsed) answers['platform.dir'] = null;
}

async function askForDatabase(
  context: Context,
  asked: { answers: Flags; references: Map<string, string>; load: Load },
): Promise<Database> {
  const { answers, references, load } = asked;
  const { openConfigured } = await import('../../src/init/test-connections.ts');
  for (;;) {
    try {
      const loaded = await load(answers);
      context.progress.start('connecting to the database');
      const database = await openConfigured(loaded, context);
      context.progress.stop();
      await askWhereToKeep(context, answers, references);
      return database;
    } catch (error) {
      context.progress.stop();
      const failure = asRetried(error);
      if (failure.code !== 'config-missing') context.warn(failure.message);
    }
    await askForAddress(context, answers, load);
    await askForPassword(context, answers);
  }
}

async function askForAddress(context: Context, answers: Flags, load: Load): Promise<void> {
  const { loginOf, loginOfUrl } = await import('../../src/database/target.ts');
  const before = await load(answers).then(
    ({ values }) => addressOf(() => loginOf(values.database).target),
    () => firstAddress,
  );
  answers['database.url'] = await context.prompts.input('Database, without the password:', {
    default: before,
    validate: (text) => {
      try {
        loginOfUrl(text.trim());
        return true;
      } catch (error) {
        return error instanceof ScalectlError ? sentence(error) : String(error);
      }
    },
  });
}

/** XAMPP and a fresh MariaDB: only the name is missing. */
const firstAddress = 'mysql://root@127.0.0.1:3306/';

function addressOf(
  target: () => {
    host: string;
    port: number;
    user: string;
    database: string;
    socketPath: string | null;
  },
): string {
  try {
    const { host, port, user, database, socketPath } = target();
    const url = new URL(
      `mysql://${encodeURIComponent(user)}@${host.includes(':') ? `[${host}]` : host}`,
    );
    url.port = socketPath === null ? String(port) : '';
    url.pathname = `/${encodeURIComponent(database)}`;
    if (socketPath !== null) url.searchParams.set('socketPath', socketPath);
    return url.href;
  } catch (error) {
    if (error instanceof ScalectlError) return firstAddress;
    throw error;
  }
}

async function askForPassword(context: Context, answers: Flags): Promise<void> {
  const { loginOfUrl } = await import('../../src/database/target.ts');
  const { target, password: inUrl } = loginOfUrl(answers['database.url'] ?? '');
  const password =
    inUrl === ''
      ? await context.prompts.password(`Password of ${target.user} (empty for none):`)
      : inUrl;
  if (password === '') delete answers['database.password'];
  else answers['database.password'] = password;
}

async function askWhereToKeep(
  context: Context,
  answers: Flags,
  references: Map<string, string>,
): Promise<void> {
  if (answers['database.password'] === undefined) return;
  const isKept = await context.prompts.confirm(
    `Keep the password in the file, for your account alone? (no: in ${passwordVariable})`,
    { default: true },
  );
  if (!isKept) references.set('database.password', passwordVariable);
}

async function askForCache(context: Context, answers: Flags, load: Load): Promise<CacheCheck> {
  const { testCache } = await import('../../src/init/test-connections.ts');
  const { origins } = await load(answers);
  const isSet = ['driver', 'url', 'host', 'dir'].some(
    (name) => origins.get(`cache.${name}`)?.kind !== 'default',
  );
  if (!isSet) await chooseCache(context, answers);
  for (;;) {
    try {
      context.progress.start('asking the cache');
      const check = await testCache(await load(answers));
      context.progress.stop();
      if (check.state !== 'failed') return check;
      context.warn(check.message ?? '');
      const isKept = await context.prompts.confirm('Go on with it as it is?', { default: true });
      if (isKept) return check;
    } catch (error) {
      context.progress.stop();
      context.warn(asRetried(error).message);
    }
    await chooseCache(context, answers);
  }
}

async function chooseCache(context: Context, answers: Flags): Promise<void> {
  const driver = await context.prompts.select('Where does the platform keep its cache?', [
    { name: 'in Redis or Valkey', value: 'redis' },
    { name: 'in files of a folder', value: 'file' },
    { name: 'nowhere, or scalectl shall not look at it', value: 'none' },
  ] as const);
  for (const name of ['url', 'host', 'password', 'dir', 'prefix', 'driver']) {
    delete answers[`cache.${name}`];
  }
  if (driver === 'redis') await askForRedis(context, answers);
  else if (driver === 'file') {
    answers['cache.driver'] = 'file';
    answers['cache.dir'] = await context.prompts.input('Folder of the cache files:', {
      default: 'cache',
    });
  } else {
    answers['cache.url'] = null;
    answers['cache.host'] = null;
  }
}

async function askForRedis(context: Context, answers: Flags): Promise<void> {
  answers['cache.driver'] = 'redis';
  answers['cache.url'] = await context.prompts.input('Redis, without the password:', {
    default: 'redis://127.0.0.1:6379/0',
    validate: (text) =>
      (URL.canParse(text) && /^rediss?:\/\/[^/]+/.test(text)) ||
      'It looks like redis://user@host:6379/0',
  });
  const password = await context.prompts.password('Password of Redis (empty for none):');
  if (password !== '') answers['cache.password'] = password;
  const prefix = await context.prompts.input("Prefix of the platform's keys (empty for none):");
  if (prefix !== '') answers['cache.prefix'] = prefix;
}

/** @throws what asking again would not mend */
function asRetried(error: unknown): ScalectlError {
  if (error instanceof ScalectlError && retried.includes(error.code)) return error;
  throw error;
}

function sentence({ message, hint }: ScalectlError): string {
  return hint === null ? message : `${message}. ${hint}`;
}
