/** A step that cannot be done: bootstrap prints the sentence and the next step, and ends with 1. */
export class StepFailure extends Error {
  /**
   * @param {string} message what happened
   * @param {string} next what to do
   */
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/**
 * One plain line about what is done. On stderr: `npm run demo` has its own result on stdout.
 * @param {string} line
 */
export function say(line) {
  console.error(`bootstrap: ${line}`);
}
