import { ScalectlError } from '../errors.ts';

export type SourceKind = 'flag' | 'environment' | 'file' | 'discovered' | 'default';

/** Where a value came from, in words: `SCALECTL_DB_URL`, `…/scalectl.config.json, line 4, column 12`. */
export interface Origin {
  kind: SourceKind;
  place: string;
  /** The folder that relative paths are taken from. */
  folder?: string;
  /** Of a secret: the source only names where it is kept, by {"env"} or {"file"}. */
  isReference?: boolean;
}

/** A value as it stands at its source, before the schema has seen it. */
export interface Found {
  raw: unknown;
  origin: Origin;
}

/** What one source says, by setting path. */
export type Layer = Map<string, Found>;

/** @param what goes after the setting's name: `is 0; allowed: …` */
export function wrongValue(at: string, what: string, origin: Origin): ScalectlError {
  const hint = `scalectl config explain ${at}`;
  if (origin.kind !== 'flag') {
    return new ScalectlError('config-invalid', `${at} ${what} (${origin.place})`, { hint });
  }
  return new ScalectlError('usage', `${origin.place} ${what}`, { hint });
}
