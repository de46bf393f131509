import type { ShopScale } from '../shop/scales.ts';

/** How much a demo does beside the size of the shop. */
export interface DemoPlan {
  /** Jobs that are due at the start. */
  jobs: number;
  /** Spam applications beside those of retailers. */
  spam: number;
  /** Reads of the cache by visitors before the round begins. */
  cacheReads: number;
  /** How often each statement of the pages is timed, before and after. */
  timings: number;
  loadtest: { users: number; duration: string; think: string };
}

/** A small round fits into a minute on two cores, a large one into a coffee break: its fill alone takes minutes. */
export const demoPlans: Record<ShopScale, DemoPlan> = {
  small: {
    jobs: 40,
    spam: 12_000,
    cacheReads: 2_000,
    timings: 15,
    loadtest: { users: 20, duration: '8s', think: '1s' },
  },
  medium: {
    jobs: 120,
    spam: 20_000,
    cacheReads: 5_000,
    timings: 7,
    loadtest: { users: 40, duration: '15s', think: '2s' },
  },
  large: {
    jobs: 300,
    spam: 40_000,
    cacheReads: 10_000,
    timings: 5,
    loadtest: { users: 60, duration: '30s', think: '3s' },
  },
};
