/** Servers and tools: found, or unpacked where the machine has apt. */
import process from 'node:process';

import { installAdvice } from '../../src/sandbox/install-advice.mjs';
import { findServer, findUnpackedServer } from '../../src/sandbox/programs.mjs';
import { findTool, toolsOfSet, unpackedTool } from '../../src/sandbox/tools.mjs';
import { hasApt } from './apt.mjs';
import { StepFailure, say } from './failure.mjs';
import { run } from './run.mjs';
import { unpackSet } from './unpack.mjs';

/** @typedef {import('../../src/sandbox/program-cache.mjs').Program} Program */
/** @typedef {import('./sets.mjs').SetPlan} SetPlan */

/**
 * MariaDB and Redis, or other versions of them.
 * @param {SetPlan[]} plans
 */
export async function provideServers(plans) {
  for (const plan of plans) {
    const found = await findServer(plan.name);
    if (found) {
      say(describe(plan.label, found));
      continue;
    }
    if (!(await hasApt())) {
      throw new StepFailure(
        `There is no ${plan.label} server program on this machine.`,
        plan.suite ? 'Other versions are unpacked on Debian only.' : adviceFor(plan),
      );
    }
    await unpackSet(plan, async (folder) => (await findUnpackedServer(plan.name, folder)) !== null);
    const unpacked = await findServer(plan.name);
    if (unpacked) say(describe(plan.label, unpacked));
  }
}

/**
 * Programs that only tests use. Where they cannot be unpacked, a missing one is named and its tests are
 * skipped; in CI it is a failure.
 * @param {SetPlan[]} plans
 */
export async function provideTools(plans) {
  const canUnpack = await hasApt();
  for (const plan of plans) {
    const missing = await missingTools(plan);
    if (missing.length === 0) {
      say(`${plan.label} is there`);
    } else if (canUnpack) {
      await unpackSet(plan, (folder) => allRun(plan, folder));
    } else if (process.env.CI) {
      throw new StepFailure(`${missing.join(', ')} is missing.`, `Install ${plan.label}.`);
    } else {
      say(`${plan.label} is not there: install it to run the tests that use it (now skipped)`);
    }
  }
}

/** @param {SetPlan} plan */
async function missingTools(plan) {
  const missing = [];
  for (const name of toolsOfSet(plan.name)) {
    const tool = await findTool(name);
    if (!tool || !(await starts(tool))) missing.push(name);
  }
  return missing;
}

/**
 * @param {SetPlan} plan
 * @param {string} folder
 */
async function allRun(plan, folder) {
  for (const name of toolsOfSet(plan.name)) {
    // What was installed already is not in the set, and need not be.
    const tool = unpackedTool(name, folder) ?? (await findTool(name));
    if (!tool || !(await starts(tool))) return false;
  }
  return true;
}

/**
 * Whether the program gets as far as its own code: few of these tools agree on a flag that does nothing.
 * @param {Program} program
 */
async function starts(program) {
  const { exitCode, stdout, stderr } = await run(program.command, [...program.args, '--version'], {
    env: program.env,
  });
  const broken =
    /error while loading shared libraries|cannot open shared object|Can't locate \S+\.pm/;
  return exitCode !== 127 && !broken.test(stdout + stderr);
}

/** @param {SetPlan} plan */
function adviceFor(plan) {
  return installAdvice(plan.name === 'redis' ? 'redis' : 'mariadb');
}

/**
 * @param {string} label
 * @param {Program} program
 */
function describe(label, program) {
  return `${label} ${program.version} is at ${program.args.at(-1) ?? program.command}`;
}
