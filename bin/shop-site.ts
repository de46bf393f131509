/** The web site of a demo's shop. `scalectl demo` starts it; it ends with the process that started it. */
import { serveShop } from '../src/sandbox/demo/serve-shop.ts';
import { keepMessage } from '../src/sandbox/demo/site-process.ts';

const [configFile = ''] = process.argv.slice(2);
let isKept = false;

process.on('message', (message) => {
  if (message === keepMessage) isKept = true;
});
// The channel closes with the process at its other end, also after kill -9.
process.on('disconnect', () => {
  if (!isKept) process.exit(0);
});
if (process.connected !== true) {
  process.stderr.write('shop-site.js is started by `scalectl demo`.\n');
  process.exit(64);
}

const site = await serveShop(configFile, (error) =>
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
);
process.send?.({ url: site.url });
