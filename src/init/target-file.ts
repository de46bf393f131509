import { existsSync } from 'node:fs';
import path from 'node:path';
import { userConfigFolder } from '../config/file.ts';

export interface TargetFile {
  file: string;
  /** Why it is not in the folder where one would look first; null when it is. */
  reason: string | null;
}

const fileName = 'scalectl.config.json';

/**
 * Where the configuration goes: the file that is named or was found, else a new one in the working directory. A new
 * one with a password in it never goes where a web server may hand it out: then the user's own folder takes it.
 * @param options.named by --config or SCALECTL_CONFIG
 */
export function chooseTargetFile(options: {
  named: string | null;
  found: string | null;
  workingDirectory: string;
  platformFolder: string | null;
  holdsSecret: boolean;
  environment: NodeJS.ProcessEnv;
}): TargetFile {
  const { workingDirectory, platformFolder, holdsSecret } = options;
  const given = options.named ?? options.found;
  const file = path.resolve(workingDirectory, given ?? fileName);
  const isExposed = holdsSecret && isServed(path.dirname(file), platformFolder);
  if (given !== null || !isExposed) return { file, reason: null };
  return {
    file: path.join(userConfigFolder(options.environment), fileName),
    reason: `it holds a password, and a web server may hand out what lies in ${workingDirectory}`,
  };
}

/** Folders that XAMPP, Debian, cPanel, Plesk and IIS serve. */
const servedNames = ['htdocs', 'public_html', 'httpdocs', 'wwwroot', 'www'];

/** Whether a web server may hand out the files of a folder: it is the platform's, looks like a site, or is named so. */
export function isServed(folder: string, platformFolder: string | null): boolean {
  if (platformFolder !== null && isWithin(folder, platformFolder)) return true;
  if (folder.split(/[\\/]/).some((name) => servedNames.includes(name.toLowerCase()))) return true;
  return ['index.php', 'index.html', '.htaccess'].some((name) =>
    existsSync(path.join(folder, name)),
  );
}

function isWithin(folder: string, above: string): boolean {
  const relative = path.relative(above, folder);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
