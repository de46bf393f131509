import type { Layer } from './origin.ts';

/** An address as one URL, or in parts. */
const addresses: readonly { url: string; parts: readonly string[]; password: string }[] = [
  {
    url: 'database.url',
    password: 'database.password',
    parts: ['host', 'port', 'socketPath', 'user', 'name'].map((name) => `database.${name}`),
  },
  {
    url: 'cache.url',
    password: 'cache.password',
    parts: ['host', 'port', 'username', 'database'].map((name) => `cache.${name}`),
  },
];

/**
 * Keeps parts of an address from different sources from being mixed where that would lead astray: with a URL from
 * the operator nothing of the platform's address counts (its password must not go to another server), and a host or
 * port from the operator is not overruled by the platform's socket.
 * @param layers flags, environment and files, the strongest first
 * @param discovered the platform's own; entries are taken out of it
 */
export function settleAddresses(
  layers: readonly Layer[],
  discovered: Layer | null,
  warn: (message: string) => void,
): void {
  for (const { url, parts, password } of addresses) {
    const urlAt = layers.findIndex((layer) => layer.has(url));
    if (urlAt < 0 || layers[urlAt]?.get(url)?.raw === null) continue;
    for (const part of [...parts, password]) discovered?.delete(part);
    const place = layers[urlAt]?.get(url)?.origin.place ?? '';
    for (const part of parts) {
      const over = layers
        .slice(0, urlAt)
        .find((layer) => layer.has(part))
        ?.get(part);
      if (over) warn(`${part} (${over.origin.place}) is not used: ${url} (${place}) names it all`);
    }
  }
  const isMoved = layers.some((layer) => layer.has('database.host') || layer.has('database.port'));
  if (isMoved) discovered?.delete('database.socketPath');
}
