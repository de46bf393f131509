import { flag, text } from './option.ts';

/** Options that every command takes, before or behind its name. */
export const globalOptions = {
  config: text('--config <FILE>', 'configuration file instead of the one found'),
  profile: text('--profile <NAME>', 'a profile of the configuration file'),
  db: text('--db <URL>', 'database, mysql://user@host:3306/name'),
  redis: text('--redis <URL>', 'Redis, redis://host:6379/0'),
  json: flag('--json', 'print one JSON object instead of text'),
  quiet: flag('--quiet', 'print the result alone: no progress, no warnings, no next step'),
  debug: flag('--debug', 'print the stack of an error'),
  color: flag('--no-color', 'no colours (NO_COLOR does the same)'),
  yes: flag('--yes', 'answer questions with yes; nothing is asked'),
};

/** Only on commands that change something. */
export const dryRunOption = flag('--dry-run', 'show what would change and change nothing');
