/** PHP's serialize() format: read, written, and turned into JSON and back. */
export { decodePhp } from './php/decode.ts';
export type { DecodeLimits } from './php/decode.ts';
export { encodePhp } from './php/encode.ts';
export { jsonToPhp } from './php/from-json.ts';
export { phpToJson } from './php/to-json.ts';
export {
  PhpArray,
  PhpCustomObject,
  PhpEnum,
  PhpFloat,
  PhpFormatError,
  PhpObject,
  PhpReference,
} from './php/value.ts';
export type { PhpEntries, PhpKey, PhpValue } from './php/value.ts';
