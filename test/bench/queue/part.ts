export interface Scale {
  /** Jobs of one measurement. */
  jobs: number;
  rounds: number;
  /** Jobs that wait in the parts about a large backlog. */
  backlog: number;
}

/** A part of the bench starts its own servers, stops them, and tells its figures line by line. */
export type Part = (tell: (line: string) => void, scale: Scale) => Promise<void>;
