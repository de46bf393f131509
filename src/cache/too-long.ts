import { ScalectlError } from '../errors.ts';

/** A value that is refused before it is read into memory. */
export function tooLong(lengthBytes: number, maxBytes: number): ScalectlError {
  return new ScalectlError(
    'input-invalid',
    `the value has ${lengthBytes} bytes; at most ${maxBytes} are read`,
    { hint: 'scalectl cache inspect KEY shows its beginning.' },
  );
}
