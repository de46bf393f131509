import type { Json } from './php/to-json.ts';

/**
 * What every kind of cache can do. Keys are as the platform writes them, values are the bytes that stand in the
 * cache in the platform's format: PHP serialize() by default.
 */
export interface CacheDriver {
  readonly name: 'redis' | 'file';
  /** `127.0.0.1:6379/0` or the folder, for messages. */
  readonly label: string;
  /** What a person may type to show that this cache is meant; the first one is asked for. */
  readonly confirmNames: readonly string[];
  /** null where keys cannot be listed: the file driver only keeps their md5. */
  readonly keyspace: Keyspace | null;
  /** Only the file driver has one. */
  readonly folder: CacheFolder | null;
  counters(): Promise<CacheCounters>;
  /** What stands under a key. Null without one; what has expired is not there. */
  describe(key: string, page: Page): Promise<KeyDescription | null>;
  /**
   * The value's bytes.
   * @throws ScalectlError `input-invalid` when there are more than maxBytes, or the key holds no plain value
   */
  read(key: string, maxBytes: number): Promise<StoredValue | null>;
  /** Null as ttlMs: never expires. */
  write(key: string, bytes: Buffer, ttlMs: number | null): Promise<void>;
  /** The keys that were there, in the order given. */
  delete(keys: readonly string[]): Promise<string[]>;
  /** The keys that are there, in the order given. */
  present(keys: readonly string[]): Promise<string[]>;
}

export interface StoredValue {
  bytes: Buffer;
  /** Null: never expires. */
  ttlMs: number | null;
}

/** Which members of a large collection, and how much of a long value. */
export interface Page {
  offset: number;
  limit: number;
  /** A longer value is shown by its beginning. */
  maxBytes: number;
}

export interface KeyDescription {
  key: string;
  /** string, hash, list, set, zset, stream, or what a module calls its own. */
  type: string;
  /** Null: never expires. */
  ttlMs: number | null;
  /** What the key costs in the cache, its name included; null where the server does not tell. */
  sizeBytes: number | null;
  /** How the value is written: php, json, text, binary; `mixed` when members differ. */
  encoding: string;
  /** Decoded. A hash is a map, a list and a set are arrays, a zset is [{member, score}], a stream [{id, fields}]. */
  value: Json;
  /** Bytes of a string; null for collections. */
  lengthBytes: number | null;
  /** Members of a collection; null for strings. */
  members: number | null;
  /** The value is only its beginning, or one page of its members. */
  isPartial: boolean;
  /** The server's own name for how it keeps the value: listpack, embstr …; null where there is none. */
  serverEncoding: string | null;
  /** Since the last access; null where the server counts frequency instead. */
  idleMs: number | null;
}

/** Sums since the server started or was reset; null where the driver does not count. */
export interface CacheCounters {
  keys: number;
  memoryBytes: number;
  hits: number | null;
  misses: number | null;
  evictedKeys: number | null;
  expiredKeys: number | null;
  uptimeMs: number | null;
}

/** Keys as bytes, for they may be anything, and as the platform names them: a configured prefix is not seen here. */
export interface Keyspace {
  ping(): Promise<void>;
  /**
   * Every key that is there from beginning to end, some perhaps twice (the promise of SCAN), in small pages.
   * @param options.pattern a glob of Redis, as the platform writes the keys
   */
  scan(options: ScanOptions): AsyncGenerator<Buffer[]>;
  /** Returns how many were there. Memory is freed in the background of the server. */
  unlink(keys: readonly Buffer[]): Promise<number>;
  /** Type, cost and lifetime of keys; null for one that is gone. TYPE and TTL count as hits of the server. */
  sample(keys: readonly Buffer[]): Promise<(KeySample | null)[]>;
  /** Keys in the whole database, of other prefixes too. */
  count(): Promise<number>;
  /**
   * Empties the whole database at once, in the background of the server. Null where it holds more than this cache
   * (a prefix is set), so that it must not be used.
   */
  readonly flushDatabase: (() => Promise<void>) | null;
}

export interface ScanOptions {
  pattern: string | null;
  /** How many keys a step looks at, asked before each one. */
  stepSize: () => number;
  /** Told how long a step took. */
  onStep?: (elapsedMs: number) => Promise<void> | void;
  signal?: AbortSignal;
}

export interface KeySample {
  type: string;
  /** Null where the server refuses MEMORY USAGE. */
  memoryBytes: number | null;
  ttlMs: number | null;
}

/** A folder of cache files, known by their md5 names only. */
export interface CacheFolder {
  survey(options?: { signal?: AbortSignal }): Promise<FolderSurvey>;
  /**
   * Removes the entries, but not those whose values are rate limits or jobs, nor anything that is no entry.
   * @returns how many were removed; with isDryRun, how many would be
   */
  clear(options: { isDryRun: boolean; signal?: AbortSignal }): Promise<FolderClearing>;
}

export interface FolderSurvey {
  live: number;
  expired: number;
  /** Written only in part, or not in the platform's format. */
  torn: number;
  /** Entries whose values are rate limits or jobs. */
  protected: number;
  /** Symbolic links, folders and files of other names: never followed, read or removed. */
  foreign: number;
  liveBytes: number;
  expiredBytes: number;
  /** Some of the torn files, by name, with what is wrong with them. */
  tornExamples: { file: string; reason: string }[];
}

export interface FolderClearing {
  removed: number;
  kept: { kind: 'rate limit' | 'job'; entries: number }[];
  /** The run was stopped before the end. */
  isPartial: boolean;
}
