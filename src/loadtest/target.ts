import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { ScalectlError } from '../errors.ts';

/** What is tested: one origin, and the page that the URL names. */
export interface Target {
  /** As shown: without a fragment. */
  url: string;
  /** `http://shop.test:8080` */
  origin: string;
  /** For the Host field. */
  host: string;
  hostname: string;
  port: number;
  isSecure: boolean;
  /** Path and query. */
  path: string;
}

/** A target that may be tested, with the addresses that this was decided for. */
export interface CheckedTarget extends Target {
  addresses: readonly string[];
  /** All addresses are this machine's own. */
  isLocal: boolean;
}

/** @throws ScalectlError `usage` when the text is no http or https URL */
export function parseTarget(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ScalectlError('usage', `"${text}" is no URL that can be tested`, {
      hint: 'Name the scheme too, as in http://localhost/index.php',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new ScalectlError(
      'usage',
      'the URL holds a user name or a password; loadtest takes none there',
      {
        hint: 'Test a page behind a login with a journey: --journey login',
      },
    );
  }
  const isSecure = url.protocol === 'https:';
  url.hash = '';
  return {
    url: url.href,
    origin: url.origin,
    host: url.host,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    isSecure,
    path: `${url.pathname}${url.search}`,
  };
}

/**
 * Looks the host up and decides by its addresses: this machine and private networks are free, any other host must
 * stand in `loadtest.allowHosts`. One public address among private ones is enough to refuse, and so is a name
 * that nobody knows: then nothing says that the host is one's own.
 * @throws ScalectlError `refused` for a host that is not free, `target-unreachable` for an allowed one without address
 */
export async function checkTarget(
  target: Target,
  allowHosts: readonly string[],
): Promise<CheckedTarget> {
  const name = normalizeHost(target.hostname);
  const isAllowed = allowHosts.some((host) => normalizeHost(host) === name);
  const addresses = await resolve(target.hostname, isAllowed);
  const foreign = addresses.find((address) => !isPrivate(address));
  if (foreign !== undefined && !isAllowed) {
    const shown = foreign === target.hostname ? '' : ` (${foreign})`;
    throw refused(
      target.hostname,
      `${target.hostname}${shown} is neither this machine nor in a private network; it was not tested`,
    );
  }
  return { ...target, addresses, isLocal: addresses.every(isLoopback) };
}

async function resolve(hostname: string, isAllowed: boolean): Promise<string[]> {
  if (net.isIP(hostname) !== 0) return [hostname];
  try {
    const found = await lookup(hostname, { all: true, verbatim: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (!isAllowed)
      throw refused(
        hostname,
        `${hostname} cannot be looked up (${reason}), so it is not known to be in a private network; it was not tested`,
        error,
      );
    throw new ScalectlError('target-unreachable', `${hostname} cannot be looked up (${reason})`, {
      hint: 'Check the name in the URL.',
      cause: error,
    });
  }
}

function refused(hostname: string, message: string, cause?: unknown): ScalectlError {
  return new ScalectlError('refused', message, {
    hint: `Check the name; if the host is yours, put "${hostname}" into loadtest.allowHosts.`,
    cause,
  });
}

/** 127.0.0.0/8, ::1, and the unspecified addresses, which lead to this machine. */
function isLoopback(address: string): boolean {
  return loopback.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

function isPrivate(address: string): boolean {
  return isLoopback(address) || privateNets.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

function normalizeHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

const loopback = new net.BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('0.0.0.0');
loopback.addAddress('::1', 'ipv6');
loopback.addAddress('::', 'ipv6');

/** RFC 1918, RFC 3927, RFC 4193, RFC 4291 section 2.5.6. */
const privateNets = new net.BlockList();
privateNets.addSubnet('10.0.0.0', 8);
privateNets.addSubnet('172.16.0.0', 12);
privateNets.addSubnet('192.168.0.0', 16);
privateNets.addSubnet('169.254.0.0', 16);
privateNets.addSubnet('fc00::', 7, 'ipv6');
privateNets.addSubnet('fe80::', 10, 'ipv6');
