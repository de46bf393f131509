import { toolOrSkip } from './tool.ts';

/** PHP with its arguments, as `queue.php` takes it; null where it is not there. */
export async function findPhp(): Promise<readonly string[] | null> {
  const tool = await toolOrSkip('php');
  if (!tool) return null;
  const environment = Object.entries(tool.env).map(([name, value]) => `${name}=${value}`);
  return ['env', ...environment, tool.command, ...tool.args];
}
