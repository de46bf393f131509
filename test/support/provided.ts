/** What the global setup tells every test file, through vitest's `inject`. */
declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's MariaDB, without a database; null in projects that need no server. */
    mariadbUrl: string | null;
    redisUrl: string | null;
  }
}

/** Databases of the run's Redis: each worker has its own share of them. */
export const redisDatabases = 64;

/** In the environment of every process of a run, so that one left behind can be found. */
export const runMarker = 'TEST_RUN_OF_SCALECTL';
