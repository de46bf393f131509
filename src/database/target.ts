import type { Config } from '../config/settings/index.ts';
import { ScalectlError } from '../errors.ts';
import type { DatabaseTarget } from './types.ts';

/** Where to connect and as whom. The password stays beside the target, out of everything that is shown. */
export interface Login {
  target: DatabaseTarget;
  password: string;
}

/**
 * The database that the settings name: the URL when there is one, else host, port, user and name.
 * @throws ScalectlError `config-missing` when no database is named
 */
export function loginOf(settings: Config['database']): Login {
  if (settings.url !== null) {
    const login = loginOfUrl(settings.url);
    // `--db mysql://user@host/name` beside a password that is kept as a secret.
    return login.password === '' ? { ...login, password: settings.password ?? '' } : login;
  }
  if (settings.name === null) {
    throw new ScalectlError('config-missing', 'no database is configured', {
      hint: 'Run scalectl init, set SCALECTL_DB_URL, or use --db mysql://user@host:3306/name',
    });
  }
  return {
    target: describe({
      host: settings.host,
      port: settings.port,
      socketPath: settings.socketPath,
      user: settings.user ?? 'root',
      database: settings.name,
    }),
    password: settings.password ?? '',
  };
}

/** @throws ScalectlError `config-invalid` when the URL cannot be read; its text is not repeated */
export function loginOfUrl(text: string): Login {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['mysql:', 'mariadb:'].includes(url.protocol)) {
    throw new ScalectlError('config-invalid', 'the database URL cannot be read', {
      hint: 'It looks like mysql://user@host:3306/name; write special characters of a password as %40 and so on.',
    });
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '') {
    throw new ScalectlError('config-invalid', 'the database URL names no database', {
      hint: 'It looks like mysql://user@host:3306/name',
    });
  }
  return {
    target: describe({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 3306 : Number(url.port),
      socketPath: url.searchParams.get('socketPath'),
      user: decodeURIComponent(url.username) || 'root',
      database,
    }),
    password: decodeURIComponent(url.password),
  };
}

function describe(parts: Omit<DatabaseTarget, 'label'>): DatabaseTarget {
  const where = parts.socketPath ?? `${parts.host}:${parts.port}`;
  return { ...parts, label: `${parts.user}@${where}/${parts.database}` };
}
