import type { ScalectlError } from '../src/errors.ts';
import type { Outcome } from './define.ts';
import { asScalectlError } from './envelope.ts';
import type { Invocation } from './program.ts';
import type { Run } from './run-context.ts';

/** How a command ended: with an outcome, a failure, or both when there is a result to show all the same. */
export interface Ended {
  outcome: Outcome<never> | null;
  failure: ScalectlError | null;
}

/** Runs a command to its end and closes what it opened. Prints nothing and never rejects. */
export async function execute(invocation: Invocation, run: Run): Promise<Ended> {
  let outcome: Outcome<never> | null = null;
  let failure: ScalectlError | null;
  try {
    outcome = await invocation.command.run(run.context, {
      options: invocation.options,
      arguments: invocation.arguments,
    });
    failure = outcome.failure ?? null;
  } catch (error) {
    failure = asScalectlError(error);
  }
  run.context.progress.stop();
  const closeFailure = await run.close();
  return { outcome, failure: failure ?? closeFailure };
}
