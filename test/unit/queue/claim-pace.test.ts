import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedJob } from '../../../src/queue/job.ts';
import type { Claim, Want } from '../../../src/queue/store.ts';
import { ClaimPace } from '../../../src/queue/worker/claim-pace.ts';
import type { InHand } from '../../../src/queue/worker/claim-pace.ts';

let pace: ClaimPace;

beforeEach(() => {
  pace = new ClaimPace({ concurrency: 4, pollMs: 100 });
});

function inHand(parts: Partial<InHand> = {}): InHand {
  return { waiting: 0, running: 0, meanMs: 10, limit: Infinity, ...parts };
}

function claimed(count: number, parts: Partial<Claim> = {}): Claim {
  return {
    jobs: Array.from({ length: count }, (_, id) => ({ id }) as ClaimedJob),
    isSuspect: false,
    suspectsWaiting: false,
    isUnfinished: false,
    recovered: { returned: 0, deadLettered: 0 },
    ...parts,
  };
}

const wanted: Want = { count: 4, mayTakeSuspect: true };

describe('what a worker wants', () => {
  it('is a job for each place at first', () => {
    expect(pace.want(inHand({ meanMs: null }))).toEqual({ count: 4, mayTakeSuspect: true });
  });

  it('is more once jobs prove short', () => {
    pace.noteClaim(claimed(4), wanted, 0);
    expect(pace.want(inHand({ meanMs: 1 }))?.count).toBe(16);
  });

  it('is nothing while more than half of it waits in hand', () => {
    expect(pace.want(inHand({ waiting: 5, running: 4 }))).toBeNull();
    expect(pace.want(inHand({ waiting: 2, running: 4 }))?.count).toBe(10);
  });

  it('is a job as soon as a place is free, and nothing while long jobs fill all places', () => {
    expect(pace.want(inHand({ running: 3, meanMs: 5000 }))?.count).toBe(1);
    expect(pace.want(inHand({ running: 4, meanMs: 5000 }))).toBeNull();
  });

  it('is never more than the run may still take on', () => {
    expect(pace.want(inHand({ limit: 2 }))?.count).toBe(2);
    expect(pace.want(inHand({ limit: 0 }))).toBeNull();
  });
});

describe('a suspect', () => {
  it('may be taken only by a worker that holds nothing', () => {
    expect(pace.want(inHand({ running: 1 }))?.mayTakeSuspect).toBe(false);
    expect(pace.want(inHand())?.mayTakeSuspect).toBe(true);
  });

  it('that waits is waited for: what runs comes to its end first', () => {
    pace.noteClaim(claimed(4, { suspectsWaiting: true }), wanted, 0);
    expect(pace.want(inHand({ running: 1 }))).toBeNull();
    expect(pace.want(inHand())?.mayTakeSuspect).toBe(true);
  });

  it('runs alone, and other jobs have the next turn', () => {
    pace.noteClaim(claimed(1, { isSuspect: true }), wanted, 0);
    expect(pace.want(inHand({ running: 1 }))).toBeNull();
    expect(pace.want(inHand())).toMatchObject({ mayTakeSuspect: false });
    pace.noteClaim(claimed(0, { suspectsWaiting: true }), wanted, 0);
    expect(pace.want(inHand())).toMatchObject({ mayTakeSuspect: true });
  });
});

describe('a claim that found nothing', () => {
  it('is repeated only after a cheap look, ever less often up to a second', () => {
    expect(pace.isDry).toBe(false);
    const pauses: number[] = [];
    for (let now = 0, i = 0; i < 6; i += 1) {
      pace.noteClaim(claimed(0), wanted, now);
      pauses.push(pace.nextLookAt - now);
      now = pace.nextLookAt;
    }
    expect(pace.isDry).toBe(true);
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('is looked for at the usual interval again once a look found nothing due', () => {
    for (let i = 0; i < 5; i += 1) pace.noteClaim(claimed(0), wanted, 0);
    pace.noteQuiet();
    pace.noteLook(5000);
    expect(pace.nextLookAt).toBe(5100);
  });

  it('is repeated at once when it did not look through all that is due', () => {
    pace.noteClaim(claimed(0, { isUnfinished: true }), wanted, 0);
    expect(pace.isDry).toBe(false);
  });

  it('is forgotten when another one finds something, or the worker starts anew', () => {
    pace.noteClaim(claimed(0), wanted, 0);
    pace.noteClaim(claimed(1), wanted, 0);
    expect(pace.isDry).toBe(false);
    pace.noteClaim(claimed(0), wanted, 0);
    pace.startAnew();
    expect(pace.isDry).toBe(false);
  });

  it('keeps a poll interval that is longer than a second', () => {
    const slow = new ClaimPace({ concurrency: 1, pollMs: 5000 });
    slow.noteClaim(claimed(0), wanted, 0);
    slow.noteClaim(claimed(0), wanted, 0);
    expect(slow.nextLookAt).toBe(5000);
  });
});

describe('a ring', () => {
  it('makes the next look due at once', () => {
    pace.noteClaim(claimed(0), wanted, 1000);
    expect(pace.nextLookAt).toBe(1100);
    pace.noteRing();
    expect(pace.nextLookAt).toBeLessThanOrEqual(1000);
  });

  it('during a claim that finds nothing is not lost: the job may have come just after', () => {
    pace.noteRing();
    pace.noteClaim(claimed(0), wanted, 1000);
    expect(pace.nextLookAt).toBe(1000);
    pace.noteLook(1000);
    pace.noteClaim(claimed(0), wanted, 1001);
    expect(pace.nextLookAt).toBeGreaterThan(1100);
  });
});
