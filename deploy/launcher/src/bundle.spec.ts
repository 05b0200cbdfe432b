import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BUNDLER = pathToFileURL(join(__dirname, '../bin/bundle.mjs')).href;

/** As `npm start` does on a checkout without bundles, then waits for its children to be gone. */
const script = (root: string): string => `
  import { readdirSync, readFileSync } from 'node:fs';
  import { bundle } from ${JSON.stringify(BUNDLER)};
  const parentOf = (pid) => {
    try {
      return Number(/^PPid:\\s+(\\d+)$/m.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))?.[1]);
    } catch {
      return undefined;
    }
  };
  const children = () => readdirSync('/proc').filter((name) => parentOf(name) === process.pid);
  await bundle(${JSON.stringify(root)});
  // A killed process takes a moment to be gone; one that is not killed stays.
  const deadline = Date.now() + 10_000;
  while (children().length > 0 && Date.now() < deadline) await new Promise((done) => setTimeout(done, 20));
  console.log('children: ' + children().length);
  process.exit();
`;

describe('the bundler', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gatehouse-bundle-'));
    for (const name of ['deploy/launcher', 'deploy/simulator', 'services/one']) {
      const main = join(root, name, 'dist/main.js');
      mkdirSync(dirname(main), { recursive: true });
      writeFileSync(main, 'console.log("up");');
    }
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('leaves no process behind in the one that goes on to run the product', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script(root)], {
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'children: 0\n', stderr: '' });
    expect(existsSync(join(root, 'services/one/dist/bundle.cjs'))).toBe(true);
  });
});
