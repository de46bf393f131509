import type * as Inquirer from '@inquirer/prompts';
import { ScalectlError } from '../errors.ts';

/** Questions to a person. They stand on standard error: standard output is the result alone. */
export interface Prompts {
  confirm(question: string, options?: { default?: boolean }): Promise<boolean>;
  input(
    question: string,
    options?: { default?: string; validate?: (text: string) => true | string },
  ): Promise<string>;
  password(question: string): Promise<string>;
  select<T>(
    question: string,
    choices: readonly { name: string; value: T; description?: string }[],
  ): Promise<T>;
}

/** @throws ScalectlError `interrupted` when the person presses Ctrl-C at a question */
export function createPrompts(signal: AbortSignal): Prompts {
  const context = { output: process.stderr, signal };
  return {
    confirm: (question, options = {}) =>
      ask(async ({ confirm }) =>
        confirm({ message: question, default: options.default ?? false }, context),
      ),
    input: (question, options = {}) =>
      ask(async ({ input }) => input({ message: question, ...options }, context)),
    password: (question) =>
      ask(async ({ password }) => password({ message: question, mask: true }, context)),
    select: (question, choices) =>
      ask(async ({ select }) => select({ message: question, choices: [...choices] }, context)),
  };
}

async function ask<T>(question: (prompts: typeof Inquirer) => Promise<T>): Promise<T> {
  const prompts = await import('@inquirer/prompts');
  try {
    return await question(prompts);
  } catch (error) {
    if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) {
      throw new ScalectlError('interrupted', 'stopped at a question; nothing was changed', {
        cause: error,
      });
    }
    throw error;
  }
}
