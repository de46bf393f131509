import { redact } from '../../config/redact.ts';

/**
 * The environment of a handler: that of scalectl without its own variables, and without any that holds one of its
 * secrets under another name (`{"env":"SHOP_DB_PASSWORD"}`). A handler reads its own configuration.
 */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) =>
        value !== undefined &&
        !name.toUpperCase().startsWith('SCALECTL_') &&
        redact(value) === value,
    ),
  );
}
