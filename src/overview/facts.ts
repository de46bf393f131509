import { findDoubts } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { CheckResult } from '../health/check.ts';
import { plural } from '../output/text.ts';
import type { Overview } from './look.ts';

/** Something that is not as it should be. */
export interface Fact {
  severity: 'critical' | 'warning' | 'note';
  fact: string;
  /** What it rests on: a figure, names, a place. */
  evidence: string;
  /** The command to run about it. */
  next: string;
}

type Seen = Omit<Overview, 'facts' | 'lookedMs'>;

const most = 3;
const order = ['critical', 'warning', 'note'] as const;

/** The worst first; of equal ones, what others rest on comes first. */
export function worstFacts(
  seen: Seen,
  checks: readonly CheckResult[],
  loaded: LoadedConfig,
): Fact[] {
  const facts = [
    ...aboutDatabase(seen, loaded),
    ...aboutCache(seen, loaded),
    ...aboutChecks(checks),
    ...aboutSecrets(loaded),
    ...aboutSchema(seen),
    ...aboutSchedule(seen),
    ...aboutConfiguration(seen),
  ];
  return order
    .flatMap((severity) => facts.filter((fact) => fact.severity === severity))
    .slice(0, most);
}

function aboutDatabase({ database }: Seen, loaded: LoadedConfig): Fact[] {
  if (database.state === 'none') {
    return [
      {
        severity: 'critical',
        fact: 'no database is configured',
        evidence: 'no flag, variable, configuration file or PHP settings name one from this folder',
        next: 'scalectl init',
      },
    ];
  }
  if (database.state === 'found') return [];
  const fact = withSubject('the database', database.reason);
  const evidence = `its address comes from ${placeOf(loaded, ['database.url', 'database.host', 'database.name'])}`;
  return [{ severity: 'critical', fact, evidence, next: 'scalectl doctor' }];
}

function aboutCache({ cache }: Seen, loaded: LoadedConfig): Fact[] {
  if (cache.state !== 'failed') return [];
  const fact = withSubject('the cache', cache.reason);
  const evidence = `it is configured by ${placeOf(loaded, ['cache.url', 'cache.host', 'cache.dir', 'cache.driver'])}`;
  return [{ severity: 'critical', fact, evidence, next: 'scalectl doctor' }];
}

/** A reason from a server names it; that of the clock does not. */
function withSubject(subject: string, reason: string): string {
  return reason.startsWith('no answer') ? `${subject} gives ${reason}` : reason;
}

function placeOf({ origins }: LoadedConfig, settings: readonly string[]): string {
  const origin = settings
    .map((path) => origins.get(path))
    .find((found) => found && found.kind !== 'default');
  return origin?.place ?? 'the defaults';
}

/** Whether a server answers was seen already. */
const seenAlready = ['database-reachable', 'cache-reachable', 'queue-reachable'];

function aboutChecks(checks: readonly CheckResult[]): Fact[] {
  return checks.flatMap(({ id, status, message, observed, target, unit, source, advice }) => {
    if (seenAlready.includes(id) || (status !== 'critical' && status !== 'warning')) return [];
    const figure = observed === null ? '' : `${figureText(observed, unit)}`;
    const limit = target === null ? '' : ` against a target of ${figureText(target, unit)}`;
    return [
      {
        severity: status,
        fact: message,
        evidence: `${id}: ${figure}${limit}${figure === '' ? '' : ', from '}${source}`,
        next: /scalectl [a-z- ]+[a-z]/.exec(advice ?? '')?.[0] ?? 'scalectl health',
      },
    ];
  });
}

function figureText(value: number, unit: string | null): string {
  if (unit === 'share') return `${Math.round(value * 1000) / 10} %`;
  const rounded = Math.round(value * 100) / 100;
  return unit === null ? String(rounded) : `${rounded} ${unit}`;
}

function aboutSecrets(loaded: LoadedConfig): Fact[] {
  return findDoubts(loaded).map((doubt) => ({
    severity: 'warning',
    fact: doubt,
    evidence: 'the configuration and its files',
    next: 'scalectl config check',
  }));
}

function aboutSchema({ schema }: Seen): Fact[] {
  if (schema.state !== 'found' || schema.redundantIndexes.length === 0) return [];
  const { redundantIndexes: names } = schema;
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return [
    {
      severity: 'warning',
      fact: `${plural(names.length, 'index does', 'indexes do')} what another one does already`,
      evidence: `${names.slice(0, 3).join(', ')}${rest}: each write keeps them up for nothing`,
      next: 'scalectl optimize-db plan',
    },
  ];
}

function aboutSchedule({ schedule }: Seen): Fact[] {
  if (schedule.state !== 'found') return [];
  const { target, oldLines } = schedule;
  const facts: Fact[] = [];
  const next = 'scalectl schedule install';
  if (oldLines !== null && oldLines > 0) {
    facts.push({
      severity: 'warning',
      fact: `${plural(oldLines, 'line')} of the crontab still run old PHP jobs of the platform`,
      evidence: 'they run process_queue.php or database_optimize.php; scalectl does this work',
      next,
    });
  }
  if (target === null) {
    const evidence = 'nothing drains the queue, optimizes or checks health by itself';
    facts.push({ severity: 'note', fact: 'the daily round is not installed', evidence, next });
  }
  return facts;
}

function aboutConfiguration({ file, platform, database }: Seen): Fact[] {
  if (file !== null || database.state === 'none') return [];
  return [
    {
      severity: 'note',
      fact: 'there is no configuration file',
      evidence:
        platform === null
          ? 'the settings come from flags and the environment alone: scheduled runs have neither'
          : `the settings come from ${platform.folder}, and only while one works in there`,
      next: 'scalectl init',
    },
  ];
}
