import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import {
  encodeTask,
  fingerprintOf,
  renderTask,
  taskName,
} from '../../../src/schedule/task-scheduler/task-xml.ts';
import { createTaskSchedulerTarget } from '../../../src/schedule/task-scheduler/target.ts';
import type { Round } from '../../../src/schedule/target.ts';
import { makeRound } from '../../support/schedule-round.ts';

const windows = {
  node: 'C:\\Program Files\\nodejs\\node.exe',
  script: 'C:\\Users\\Ann & Bob\\npm\\scalectl\\dist\\bin\\scalectl.js',
  configFile: 'c:\\xampp\\htdocs\\top1 <live>\\scalectl.config.json',
  stateDir: 'C:\\Users\\Ann & Bob\\AppData\\Local\\scalectl\\state\\site',
};
const account = { runAs: 's4u', user: 'SHOP\\ann' } as const;

interface TaskText {
  Task: {
    RegistrationInfo: { Source: string };
    Triggers: { CalendarTrigger: Record<string, unknown> };
    Principals: { Principal: Record<string, unknown> };
    Settings: Record<string, string>;
    Actions: { Exec: { Command: string; Arguments: string; WorkingDirectory: string } };
  };
}

function read(content: Buffer): TaskText['Task'] {
  const text = content.toString('utf16le');
  expect(text.startsWith('\uFEFF<?xml version="1.0" encoding="UTF-16"?>\r\n')).toBe(true);
  return (new XMLParser({ parseTagValue: false }).parse(text) as TaskText).Task;
}

async function tasks(round: Round): Promise<TaskText['Task'][]> {
  const target = createTaskSchedulerTarget(account, ['schtasks']);
  return Promise.resolve(target.render(round).map(({ content }) => read(content)));
}

describe('a task of the Task Scheduler', async () => {
  const round = await makeRound({ invocation: windows });
  const [queue, optimizer] = await tasks(round);

  it('is UTF-16 with a byte order mark and Windows line ends', () => {
    const target = createTaskSchedulerTarget(account, ['schtasks']);
    const [file] = target.render(round);
    expect(file?.name).toBe('scalectl-queue-process.xml');
    expect([...(file?.content.subarray(0, 4) ?? [])]).toEqual([0xff, 0xfe, 0x3c, 0x00]);
  });

  it('calls node.exe with the absolute script and quoted arguments', () => {
    expect(queue?.Actions.Exec).toEqual({
      Command: windows.node,
      Arguments:
        `"${windows.script}" schedule run queue-process --config "${windows.configFile}" ` +
        `--state-dir "${windows.stateDir}"`,
      WorkingDirectory: 'C:\\Users\\Ann & Bob\\npm\\scalectl\\dist\\bin',
    });
  });

  it('runs every five minutes of the day, and on Sundays at two', () => {
    expect(queue?.Triggers.CalendarTrigger).toEqual({
      StartBoundary: '2024-01-01T00:00:00',
      Repetition: { Interval: 'PT5M', Duration: 'PT23H56M', StopAtDurationEnd: 'false' },
      ScheduleByDay: { DaysInterval: '1' },
    });
    expect(optimizer?.Triggers.CalendarTrigger).toEqual({
      StartBoundary: '2024-01-01T02:00:00',
      ScheduleByWeek: { WeeksInterval: '1', DaysOfWeek: { Sunday: '' } },
    });
  });

  it('never overlaps, makes up for missed runs, runs on battery and has a time limit', () => {
    expect(queue?.Settings).toMatchObject({
      MultipleInstancesPolicy: 'IgnoreNew',
      StartWhenAvailable: 'true',
      DisallowStartIfOnBatteries: 'false',
      StopIfGoingOnBatteries: 'false',
      ExecutionTimeLimit: 'PT32M',
      Enabled: 'true',
    });
  });

  it('runs without a desktop: as the account without its password, or as SYSTEM', () => {
    const principal = (runAs: 's4u' | 'system'): unknown => {
      const [entry] = round.entries;
      if (!entry) throw new Error('no entry');
      const xml = renderTask(entry, round, { ...account, runAs });
      return read(encodeTask(xml)).Principals.Principal;
    };
    expect(principal('s4u')).toEqual({
      UserId: 'SHOP\\ann',
      LogonType: 'S4U',
      RunLevel: 'LeastPrivilege',
    });
    expect(principal('system')).toEqual({ UserId: 'S-1-5-18' });
  });

  it('carries a mark that changes with its definition and with nothing else', async () => {
    const mark = async (environment: Record<string, string>): Promise<string | null> => {
      const other = await makeRound({ invocation: windows, environment });
      const [entry] = other.entries;
      return entry ? fingerprintOf(renderTask(entry, other, account)) : null;
    };
    const first = await mark({});
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(queue?.RegistrationInfo.Source).toBe(`scalectl ${first}`);
    expect(await mark({})).toBe(first);
    expect(await mark({ SCALECTL_SCHEDULE_QUEUE_PROCESS_CRON: '*/6 * * * *' })).not.toBe(first);
  });

  it('is named after its site', () => {
    expect(taskName('health', null)).toBe('\\scalectl\\health');
    expect(taskName('health', 'shop2')).toBe('\\scalectl\\shop2-health');
  });
});
