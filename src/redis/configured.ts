import type { Config } from '../config/settings/index.ts';

/** True when the settings name a Redis at all: it is optional, and its client is loaded only where there is one. */
export function hasRedis(settings: Config['cache']): boolean {
  return (
    settings.url !== null ||
    settings.host !== null ||
    settings.sentinel.hosts.length > 0 ||
    settings.clusterHosts.length > 0
  );
}
