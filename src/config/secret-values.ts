import { maskUrl, rememberSecret, rememberUrlSecret } from './redact.ts';
import type { SettingEntry } from './settings/index.ts';

const masked = '******';

/** Fields of a structure that hold a secret by their name. */
const secretField = /password|passwd|secret|token|authorization|api_?key/i;

export function isSecretField(name: string): boolean {
  return secretField.test(name);
}

/** Remembers every secret in a value, so that it turns up in no output: passwords, also those inside URLs. */
export function rememberSecretsIn(entry: SettingEntry, value: unknown): void {
  const isPlainSecret = entry.setting.secret && !isUrl(entry);
  walk(value, isPlainSecret, (text, isSecret) => {
    if (isSecret) rememberSecret(text);
    rememberUrlSecret(text);
    return text;
  });
}

/** The value as it may be shown: secrets masked, of a URL only the password. */
export function withoutSecrets(entry: SettingEntry, value: unknown): unknown {
  if (entry.setting.secret && !isUrl(entry)) return value === null || value === '' ? value : masked;
  return walk(value, false, (text, isSecret) => (isSecret ? masked : maskUrl(text)));
}

function isUrl(entry: SettingEntry): boolean {
  return /(^|\.)url$/i.test(entry.path);
}

/** Visits every text in a value. `{"env"}` and `{"file"}` only say where a secret is. */
function walk(
  value: unknown,
  isSecret: boolean,
  visit: (text: string, isSecret: boolean) => string,
): unknown {
  if (typeof value === 'string') return visit(value, isSecret);
  if (Array.isArray(value)) return value.map((item) => walk(item, isSecret, visit));
  if (typeof value !== 'object' || value === null) return value;
  // A name says it of a text only: a job type may be called reset_password.
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      walk(item, typeof item === 'string' && secretField.test(name), visit),
    ]),
  );
}
