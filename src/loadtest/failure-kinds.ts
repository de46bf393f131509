/**
 * Why a request was no success: the keys of `errors` in the result. Every request that fails counts under exactly
 * one of them, so that their sum is requests minus successes.
 */
export const failureKinds = {
  'connection-refused': 'nothing listens on the port',
  'connection-reset': 'the server cut the connection',
  'connection-closed': 'the server ended the connection before the answer was whole',
  'connect-timeout': 'no connection within the timeout',
  unreachable: 'no route to the host',
  timeout: 'no whole answer within the timeout',
  unfinished: 'no whole answer when the run ended',
  unsent: 'arrived, and no session was free to send it until the run ended',
  'bad-response': 'what came back is not HTTP/1.1',
  tls: 'the TLS handshake failed or the certificate is not trusted',
  'out-of-descriptors': 'this machine has no file descriptor left',
  'out-of-ports': 'this machine has no local port left',
  'socket-error': 'another error of the connection',
  'status-429': 'the rate limiter of the target answered 429',
  'status-4xx': 'another answer 400 to 499',
  'status-5xx': 'an answer 500 to 599',
  'too-many-redirects': 'more than ten redirects in a row',
  'error-page': 'an error page, whatever its status: PHP fatal error, "Too many connections"',
  'check-status': "not the status that the journey's step asks for",
  'check-content': "not the content that the journey's step asks for",
  'unreadable-body': 'a compressed body that cannot be unfolded for a check',
  'extract-missing': 'the text that a later step needs is not there',
} as const satisfies Record<string, string>;

export type FailureKind = keyof typeof failureKinds;

const kindsByCode: Record<string, FailureKind> = {
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  ECONNABORTED: 'connection-reset',
  EPIPE: 'connection-reset',
  ETIMEDOUT: 'connect-timeout',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EMFILE: 'out-of-descriptors',
  ENFILE: 'out-of-descriptors',
  EADDRNOTAVAIL: 'out-of-ports',
  EPROTO: 'tls',
};

/** The kind of an error that a socket reports. */
export function kindOfSocketError(error: Error): FailureKind {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_OSSL)/.test(code))
    return 'tls';
  return kindsByCode[code] ?? 'socket-error';
}
