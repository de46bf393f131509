/** What to install for a private server. Plain JavaScript: bin/bootstrap.mjs says it before anything is built. */
import process from 'node:process';

const linux = {
  mariadb:
    'Install the server program: `apt-get install mariadb-server-core` on Debian and Ubuntu, `dnf install mariadb-server` on Fedora and RHEL. It need not be started.',
  redis:
    'Install the server program: `apt-get install redis-server` on Debian and Ubuntu, `dnf install redis` on Fedora and RHEL. It need not be started.',
};

/** @type {Record<string, typeof linux>} */
const otherPlatforms = {
  darwin: {
    mariadb: 'Run `brew install mariadb`. It need not be started.',
    redis: 'Run `brew install redis`. It need not be started.',
  },
  win32: {
    mariadb: 'Install XAMPP or MariaDB; C:\\xampp\\mysql\\bin is searched. It need not be started.',
    redis:
      'Install a Redis for Windows and put the folder of redis-server.exe on PATH, or use WSL.',
  },
};

/**
 * What to install on this platform, in a sentence or two.
 * @param {'mariadb' | 'redis'} what
 */
export function installAdvice(what) {
  return (otherPlatforms[process.platform] ?? linux)[what];
}
