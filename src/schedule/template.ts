import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A file of `templates` with its `{{name}}` places filled.
 * @param name the path below `templates`, such as `systemd/entry.timer`
 */
export function fillTemplate(name: string, values: Readonly<Record<string, string>>): string {
  const template = readFileSync(fileURLToPath(import.meta.resolve(`#templates/${name}`)), 'utf8');
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, place: string) => {
    const value = values[place];
    if (value === undefined) throw new Error(`template ${name} asks for an unknown ${place}`);
    return value;
  });
}
