import { createHash } from 'node:crypto';
import path from 'node:path';
import { entrySetting } from '../entries.ts';
import type { EntryName, ScheduleEntry } from '../entries.ts';
import { commandOf } from '../invocation.ts';
import { quoteForWindows } from '../quoting.ts';
import type { Round } from '../target.ts';
import { fillTemplate } from '../template.ts';
import { toTriggers } from './triggers.ts';
import type { CalendarTrigger, TriggerDays } from './triggers.ts';

/** Who the tasks run as. `user` is `DOMAIN\name`; it is not used for SYSTEM. */
export interface TaskAccount {
  runAs: 's4u' | 'system';
  user: string;
}

/** What schedule run needs beyond the entry's own limit to end a child that does not stop by itself. */
const stopMarginMs = 90_000;

/**
 * The task of one entry (Task Scheduler schema 1.2), as text. The encoding it declares is that of the file which
 * `encodeTask` makes of it.
 *
 * S4U and SYSTEM both run in a session without a desktop: no console window opens, and nobody needs to be logged on.
 * S4U is the account itself without its password being stored, which any account may set up for itself ([MS-TSCH]
 * 3.2.5.4, registration matrix), but it has no access to shares of other machines and to encrypted files.
 */
export function renderTask(entry: ScheduleEntry, round: Round, account: TaskAccount): string {
  const [program = '', ...words] = commandOf(entry.name, round.invocation);
  const triggers = toTriggers(entry.cron, entrySetting(entry.name, 'cron'));
  const fill = (fingerprint: string): string =>
    fillTemplate('windows/task.xml', {
      fingerprint,
      description: escapeXml(
        `${entry.does}${round.siteName === null ? '' : ` (${round.siteName})`}. ` +
          'Written by scalectl schedule install, which overwrites changes.',
      ),
      triggers: triggers.map(renderTrigger).join('\n'),
      principal: renderPrincipal(account),
      timeLimit: toDuration(Math.ceil((entry.timeLimitMs + stopMarginMs) / 60_000)),
      program: escapeXml(program),
      arguments: escapeXml(words.map(quoteForWindows).join(' ')),
      workingDirectory: escapeXml(path.win32.dirname(round.invocation.script)),
    });
  return fill(createHash('sha256').update(fill('')).digest('hex').slice(0, 16));
}

/** UTF-16, little endian, with byte order mark: the encoding that schtasks takes from a file without doubt. */
export function encodeTask(xml: string): Buffer {
  return Buffer.from(`\uFEFF${xml.replaceAll(/\r?\n/g, '\r\n')}`, 'utf16le');
}

/** The mark of the definition that a task was written from; null when the task is not one of ours. */
export function fingerprintOf(xml: string): string | null {
  return /<Source>scalectl ([0-9a-f]{16})<\/Source>/.exec(xml)?.[1] ?? null;
}

/** `\scalectl\queue-process`: a folder of its own in the task library. */
export function taskName(entry: EntryName, siteName: string | null): string {
  return `\\scalectl\\${siteName === null ? '' : `${siteName}-`}${entry}`;
}

function renderPrincipal({ runAs, user }: TaskAccount): string {
  // S-1-5-18 is SYSTEM; a built-in account has no logon type.
  if (runAs === 'system') return '      <UserId>S-1-5-18</UserId>';
  return [
    `      <UserId>${escapeXml(user)}</UserId>`,
    '      <LogonType>S4U</LogonType>',
    '      <RunLevel>LeastPrivilege</RunLevel>',
  ].join('\n');
}

function renderTrigger({ startMinute, repetition, days }: CalendarTrigger): string {
  const time = `${padded(Math.floor(startMinute / 60))}:${padded(startMinute % 60)}:00`;
  return [
    '    <CalendarTrigger>',
    // A day in the past, in local time: the same definition is the same file whenever it is written.
    `      <StartBoundary>2024-01-01T${time}</StartBoundary>`,
    ...(repetition === null
      ? []
      : [
          '      <Repetition>',
          `        <Interval>${toDuration(repetition.everyMinutes)}</Interval>`,
          // One minute more than the last repetition needs, so that it is in and midnight is not.
          `        <Duration>${toDuration(repetition.lastMinute - startMinute + 1)}</Duration>`,
          '        <StopAtDurationEnd>false</StopAtDurationEnd>',
          '      </Repetition>',
        ]),
    ...renderDays(days).map((line) => `      ${line}`),
    '    </CalendarTrigger>',
  ].join('\n');
}

function renderDays(days: TriggerDays): string[] {
  switch (days.kind) {
    case 'daily':
      return ['<ScheduleByDay>', '  <DaysInterval>1</DaysInterval>', '</ScheduleByDay>'];
    case 'weekly':
      return [
        '<ScheduleByWeek>',
        '  <WeeksInterval>1</WeeksInterval>',
        `  <DaysOfWeek>${days.daysOfWeek.map((day) => `<${weekdays[day] ?? ''} />`).join('')}</DaysOfWeek>`,
        '</ScheduleByWeek>',
      ];
    case 'monthly':
      return [
        '<ScheduleByMonth>',
        `  <DaysOfMonth>${days.daysOfMonth.map((day) => `<Day>${day}</Day>`).join('')}</DaysOfMonth>`,
        `  <Months>${days.months.map((month) => `<${months[month - 1] ?? ''} />`).join('')}</Months>`,
        '</ScheduleByMonth>',
      ];
  }
}

const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const months =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** ISO 8601: 90 → `PT1H30M` */
function toDuration(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `PT${hours > 0 ? `${hours}H` : ''}${rest > 0 || hours === 0 ? `${rest}M` : ''}`;
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
