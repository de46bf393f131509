import type { CommandGroup } from '../define.ts';
import { check } from './check.ts';
import { explain } from './explain.ts';
import { show } from './show.ts';

export const config: CommandGroup = {
  name: 'config',
  summary: 'show, check and explain the settings',
  description:
    "A setting comes from a flag, the environment, the configuration file (its profile before its base), the platform's own PHP settings, or its default, in this order. Secrets are masked.",
  subcommands: [show, check, explain],
};
