import type { CommandGroup } from '../define.ts';
import { add } from './add.ts';
import { cancel } from './cancel.ts';
import { importJobs } from './import.ts';
import { list } from './list.ts';
import { pause, resume } from './pause.ts';
import { processJobs } from './process.ts';
import { purge } from './purge.ts';
import { retry } from './retry.ts';
import { show } from './show.ts';
import { stats } from './stats.ts';

export const queue: CommandGroup = {
  name: 'queue',
  summary: 'run the job queue, add jobs, look into it, and deal with what failed',
  description:
    "The queue stands in tables of the platform's own database, so a page can add a job in its own transaction. A job runs at least once: after a crash it runs again. What fails is tried again later, and after its last attempt kept as a dead letter until somebody decides.",
  subcommands: [
    processJobs,
    add,
    stats,
    list,
    show,
    retry,
    cancel,
    purge,
    pause,
    resume,
    importJobs,
  ],
};
