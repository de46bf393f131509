import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import type { Found, Origin } from './origin.ts';
import { wrongValue } from './origin.ts';
import { redact } from './redact.ts';
import { isSecretField, rememberSecretsIn, withoutSecrets } from './secret-values.ts';
import type { SettingEntry } from './settings/index.ts';

/**
 * The typed value of what was found at a source.
 * @throws ScalectlError `config-invalid` (`usage` for a flag) with what was found, what is allowed and where it stands
 */
export function readValue(
  entry: SettingEntry,
  found: Found,
  environment: NodeJS.ProcessEnv,
): unknown {
  const { setting } = entry;
  const { origin } = found;
  // null in a file takes a value back: a profile that uses host and port where the file has a URL.
  if (found.raw === null && setting.default === null) return null;
  const raw = withSecrets(entry, found, environment);
  const parsed = v.safeParse(setting.schema, raw);
  if (parsed.success) return absolute(setting.type, parsed.output, origin);
  if (setting.secret) {
    // YAML reads a bare 12345 as a number.
    const shown = typeof raw === 'number' ? 'a number (put it in quotes)' : 'not such a value';
    throw wrongValue(entry.path, `is ${shown}; allowed: ${setting.allowed}`, origin);
  }
  rememberSecretsIn(entry, raw);
  const { names, value } = innermost(parsed.issues[0], raw);
  const what = `is ${shownPart(entry, names, value)}; allowed: ${setting.allowed}`;
  throw wrongValue([entry.path, ...names].join('.'), what, origin);
}

/** What stands there, without secrets: a text that is not even JSON may hold one anywhere. */
function shownPart(entry: SettingEntry, names: readonly string[], value: unknown): string {
  const last = names.at(-1);
  if (last !== undefined && isSecretField(last) && typeof value === 'string') {
    return 'not such a value';
  }
  const isText = entry.setting.type === 'structure' && names.length === 0;
  if (isText && typeof value === 'string') return 'a text that is no JSON';
  return redact(brief(withoutSecrets(entry, value)));
}

/** Within a structure: where the wrong part is, and what stands there. */
function innermost(issue: v.BaseIssue<unknown>, raw: unknown): { names: string[]; value: unknown } {
  const deepest = allIssues(issue).reduce((a, b) =>
    (b.path?.length ?? 0) > (a.path?.length ?? 0) ? b : a,
  );
  const last = deepest.path?.at(-1);
  if (!last) return { names: [], value: raw };
  return { names: (deepest.path ?? []).map(({ key }) => String(key)), value: last.value };
}

/** Of a union the issues of all its forms. */
function allIssues(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  return [issue, ...(issue.issues ?? []).flatMap(allIssues)];
}

/** With what `{"env"}` and `{"file"}` name put in: for a secret, and for the fields of a structure that hold one. */
function withSecrets(
  { path: at, setting }: SettingEntry,
  found: Found,
  environment: NodeJS.ProcessEnv,
): unknown {
  if (setting.secret) return resolveSecret(at, found, environment);
  if (setting.type !== 'structure') return found.raw;
  const visit = (value: unknown, names: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, names));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]: [string, unknown]) => {
        const inside = [...names, name];
        if (!isSecretField(name) || !isReference(item)) return [name, visit(item, inside)];
        return [
          name,
          resolveSecret(inside.join('.'), { raw: item, origin: found.origin }, environment),
        ];
      }),
    );
  };
  return visit(asStructure(found.raw), [at]);
}

/** In the environment a structure is the text of JSON; what is none is told by its schema. */
function asStructure(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}

function isReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  return names.length === 1 && (names[0] === 'env' || names[0] === 'file');
}

/** Puts in what `{"env"}` and `{"file"}` name. */
function resolveSecret(
  at: string,
  { raw, origin }: Found,
  environment: NodeJS.ProcessEnv,
): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const source = raw as { env?: unknown; file?: unknown };
  if (Object.keys(source).length !== 1) return raw;
  if (typeof source.env === 'string') {
    const value = environment[source.env];
    if (value !== undefined) return value;
    throw wrongValue(at, `names the environment variable ${source.env}, which is not set`, origin);
  }
  if (typeof source.file !== 'string') return raw;
  const file = fromFolder(source.file, origin);
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'which does not exist' : `which cannot be read (${code})`;
    throw wrongValue(at, `names the file ${file}, ${why}`, origin);
  }
}

function absolute(type: string, value: unknown, origin: Origin): unknown {
  return type === 'path' && typeof value === 'string' ? fromFolder(value, origin) : value;
}

/** A relative path in a file means: beside that file; on the command line and in the environment: from here. */
export function fromFolder(name: string, origin: Origin): string {
  if (/^~[\\/]/.test(name)) return path.join(os.homedir(), name.slice(2));
  return path.resolve(origin.folder ?? '.', name);
}

function brief(raw: unknown): string {
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
