import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseTargetFile, isServed } from '../../../src/init/target-file.ts';
import { folderWith } from '../config/folders.ts';

const user = folderWith({});
const given = {
  named: null,
  found: null,
  platformFolder: null,
  holdsSecret: true,
  environment: { XDG_CONFIG_HOME: user, APPDATA: user },
};

describe('where the configuration goes', () => {
  it('is the working directory', () => {
    const workingDirectory = folderWith({});
    const target = chooseTargetFile({ ...given, workingDirectory });
    expect(target).toEqual({
      file: path.join(workingDirectory, 'scalectl.config.json'),
      reason: null,
    });
  });

  it('is not where a web server hands it out, once a password is in it', () => {
    const workingDirectory = folderWith({ 'index.php': '' });
    const target = chooseTargetFile({ ...given, workingDirectory });
    expect(target.file).toBe(path.join(user, 'scalectl', 'scalectl.config.json'));
    expect(target.reason).toContain('password');
    const open = chooseTargetFile({ ...given, workingDirectory, holdsSecret: false });
    expect(open.file).toBe(path.join(workingDirectory, 'scalectl.config.json'));
  });

  it('is the file that is named, or that was found', () => {
    const workingDirectory = folderWith({ 'index.php': '' });
    const named = path.join(workingDirectory, 'mine.yaml');
    expect(chooseTargetFile({ ...given, workingDirectory, named }).file).toBe(named);
    expect(chooseTargetFile({ ...given, workingDirectory, found: named }).file).toBe(named);
  });
});

describe('a folder that a web server may hand out', () => {
  it.each(['/home/shop/public_html/app', 'c:\\xampp\\htdocs\\top1', '/var/www/html'])(
    'is %s by its name',
    (folder) => expect(isServed(folder, null)).toBe(true),
  );

  it("is the platform's and what lies in it", () => {
    expect(isServed('/srv/shop/tools', '/srv/shop')).toBe(true);
    expect(isServed('/srv/shop-tools', '/srv/shop')).toBe(false);
  });
});
