import type { Program } from '../../src/sandbox/program-cache.mjs';
import { findTool } from '../../src/sandbox/tools.mjs';

/** A program that only tests use; null where it is not installed, an error in CI, where nothing is skipped. */
export async function toolOrSkip(name: string): Promise<Program | null> {
  const tool = await findTool(name);
  if (!tool && process.env['CI']) {
    throw new Error(`${name} is missing: node bin/bootstrap.mjs --test unpacks it`);
  }
  return tool;
}
