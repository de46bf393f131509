import type { CommandGroup } from '../../define.ts';
import { archive } from './archive.ts';
import { convert } from './convert.ts';
import { list } from './list.ts';
import { maintain } from './maintain.ts';

export const partitions: CommandGroup = {
  name: 'partitions',
  summary:
    'monthly partitions: which tables can have them, giving them to one, the coming months, and moving old rows away',
  subcommands: [list, convert, maintain, archive],
};
