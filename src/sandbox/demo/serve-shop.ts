import { connectDatabase } from '../../database/connect.ts';
import { startShopSite } from '../shop/site.ts';
import type { ShopSite } from '../shop/site.ts';
import { loadDemoConfig } from './config-file.ts';

/** Opens the web site on the database that a demo's configuration file names. */
export async function serveShop(
  configFile: string,
  onFailure: (error: unknown) => void,
): Promise<ShopSite> {
  const settings = await loadDemoConfig(configFile);
  return startShopSite({ database: await connectDatabase(settings.database), onFailure });
}
