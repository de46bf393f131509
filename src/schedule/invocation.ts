import type { EntryName } from './entries.ts';

/** What a scheduler needs to call scalectl for one site: absolute paths only, and never a secret. */
export interface Invocation {
  /** The node program that runs now. */
  readonly node: string;
  /** scalectl's own script, symbolic links resolved: the link of a global install may be replaced by another version. */
  readonly script: string;
  readonly configFile: string | null;
  readonly profile: string | null;
  /** The platform's folder when its PHP settings are used: cron starts in another folder and would not find them. */
  readonly platformDir: string | null;
  readonly stateDir: string;
}

/**
 * The command line of one entry, as a list. All schedulers call `schedule run`, which takes the lock, writes the log
 * and the heartbeat and ends a run that takes too long: cron, systemd and the Task Scheduler then behave alike, also
 * where there is no flock program.
 */
export function commandOf(entry: EntryName, invocation: Invocation): string[] {
  const { node, script, configFile, profile, platformDir, stateDir } = invocation;
  return [
    node,
    script,
    'schedule',
    'run',
    entry,
    ...(configFile === null ? [] : ['--config', configFile]),
    ...(profile === null ? [] : ['--profile', profile]),
    ...(platformDir === null ? [] : ['--platform', platformDir]),
    '--state-dir',
    stateDir,
  ];
}
