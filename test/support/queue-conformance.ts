import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { QueueStore } from '../../src/queue/store.ts';
import { describeAdding } from './queue/adding.ts';
import { describeChanges } from './queue/changes.ts';
import { describeClaiming } from './queue/claiming.ts';
import { describeImport } from './queue/importing.ts';
import { describeLeases } from './queue/leases.ts';
import { describeReports } from './queue/reports.ts';
import { describeSettling } from './queue/settling.ts';

/** A store to be tried, on a server of its kind. */
export interface QueueUnderTest {
  /** Prepared. Safe to be used by several workers at once. */
  store: QueueStore;
  /** Removes every job and every other trace of use. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** What a store promises, tried on a real server: every store has to pass it. */
export function describeQueueStore(title: string, open: () => Promise<QueueUnderTest>): void {
  describe(title, () => {
    let opened: QueueUnderTest | null = null;
    beforeAll(async () => {
      opened = await open();
    });
    beforeEach(() => opened?.empty());
    afterAll(() => opened?.close());
    const store = (): QueueStore => {
      if (!opened) throw new Error('the store is opened before the first test, not earlier');
      return opened.store;
    };
    describeAdding(store);
    describeClaiming(store);
    describeSettling(store);
    describeLeases(store);
    describeChanges(store);
    describeReports(store);
    describeImport(store);
  });
}
