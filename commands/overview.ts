import { defineCommand } from './define.ts';

/** `scalectl` alone: what is here, what is worst, what to do next. */
export const overview = defineCommand({
  name: 'overview',
  summary: 'what scalectl found here, the three worst facts, and the next command',
  description: 'Operates a PHP + MySQL/MariaDB + Redis platform.',
  changes: 'nothing',
  examples: [{ command: 'scalectl', does: 'prints what it found and what to do next' }],
  run: async (context) => {
    const { file } = await context.config();
    return { result: { file } };
  },
  render: (result) => `configuration: ${result.file ?? 'none'}`,
});
