import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import type { Found, Origin } from './origin.ts';
import { wrongValue } from './origin.ts';
import { redact } from './redact.ts';
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
  const raw = setting.secret ? resolveSecret(entry.path, found, environment) : found.raw;
  const parsed = v.safeParse(setting.schema, raw);
  if (parsed.success) return absolute(setting.type, parsed.output, origin);
  if (setting.secret) {
    // YAML reads a bare 12345 as a number.
    const shown = typeof raw === 'number' ? 'a number (put it in quotes)' : 'not such a value';
    throw wrongValue(entry.path, `is ${shown}; allowed: ${setting.allowed}`, origin);
  }
  const { names, value } = innermost(parsed.issues[0], raw);
  const what = `is ${redact(brief(value))}; allowed: ${setting.allowed}`;
  throw wrongValue([entry.path, ...names].join('.'), what, origin);
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
