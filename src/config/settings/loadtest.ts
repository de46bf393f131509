import * as v from 'valibot';
import { parseThreshold, thresholdForms } from '../../loadtest/thresholds.ts';
import { boolean, duration, integer, list, secret, text } from '../setting.ts';

const thresholds = list({
  default: ['p95<500ms', 'successRate>=99%'],
  allowed: `a list of ${thresholdForms}`,
  meaning: 'What a load test must reach; --threshold replaces them all.',
});

export const loadtest = {
  target: text({
    default: null,
    allowed: 'a URL that begins with http:// or https://',
    pattern: /^https?:\/\/[^/]+/i,
    meaning: 'The page, or the root of the site, that is tested when the command line names none.',
  }),
  allowHosts: list({
    default: [],
    allowed: 'a list of host names',
    meaning:
      'Hosts outside this machine and private networks that may be tested. Name only what is yours.',
  }),
  users: integer({
    default: 50,
    min: 1,
    max: 100_000,
    unit: 'users',
    meaning: 'Sessions alive at once, each with its own cookies and its own connection.',
  }),
  duration: duration({
    default: 60_000,
    minMs: 1000,
    maxMs: 86_400_000,
    meaning: 'Measured time; it begins after the ramp.',
  }),
  ramp: duration({
    default: null,
    minMs: 0,
    maxMs: 86_400_000,
    meaning:
      'Time in which the users start one after another. Unset: a sixth of the duration, at most 10s, but 1s for every 500 users.',
  }),
  think: duration({
    default: null,
    minMs: 0,
    maxMs: 3_600_000,
    meaning:
      'Mean pause of a user after a page, ± 50 %. Unset: 10s, but at most a third of the duration.',
  }),
  timeout: duration({
    default: 10_000,
    minMs: 100,
    maxMs: 600_000,
    meaning: 'A request without a whole answer by then has failed.',
  }),
  thresholds: {
    ...thresholds,
    schema: v.pipe(
      thresholds.schema,
      v.check((expressions) => expressions.every((text) => parseThreshold(text) !== null)),
    ),
  },
  verifyCertificate: boolean({
    default: true,
    meaning: 'Whether the certificate of an https target must be trusted.',
  }),
  login: {
    emails: list({
      default: [],
      allowed: 'a list of e-mail addresses; ${user} stands for the number of the user',
      meaning: 'Accounts of the test site that journeys log in with; the users take them in turn.',
    }),
    password: secret({ meaning: 'Password of these accounts.' }),
  },
};
