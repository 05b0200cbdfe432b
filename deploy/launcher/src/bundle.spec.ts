import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
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

/** Bundles, then does something to the sources, and says before and after whether what runs is made of them. */
const changing = (root: string, change: string): string => `
  import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
  import { areBundled, bundle } from ${JSON.stringify(BUNDLER)};
  const file = (name) => ${JSON.stringify(root)} + '/' + name;
  const before = new Date(Date.now() - 60_000);
  await bundle(file(''));
  console.log(areBundled(file('')));
  ${change};
  console.log(areBundled(file('')));
`;

describe('the bundler', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gatehouse-bundle-'));
    const old = new Date(Date.now() - 60_000);
    const write = (name: string): void => {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'console.log("up");');
      for (const touched of [path, dirname(path)]) utimesSync(touched, old, old);
    };
    for (const name of ['deploy/launcher', 'deploy/simulator', 'services/one'])
      ['src/main.ts', 'src/part.ts'].forEach((file) => write(join(name, file)));
    ['deploy/launcher/src/setup.ts', 'libs/one/src/index.ts', 'package-lock.json'].forEach(write);
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

  it('puts what the console loads with its first request into a file of its own', () => {
    const write = (name: string, text: string): void => {
      mkdirSync(join(root, 'services/console/src'), { recursive: true });
      writeFileSync(join(root, 'services/console/src', name), text);
    };
    write('main.ts', "import('./console-app.js').then(({ app }) => console.log(app));");
    write('console-app.ts', "export const app = 'canary';");
    const bundled = `import { bundle } from ${JSON.stringify(BUNDLER)}; await bundle(${JSON.stringify(root)});`;
    spawnSync(process.execPath, ['--input-type=module', '--eval', bundled]);
    const main = join(root, 'services/console/dist/bundle.cjs');
    expect(readFileSync(main, 'utf8')).not.toContain('canary');
    expect(spawnSync(process.execPath, [main], { encoding: 'utf8' }).stdout).toBe('canary\n');
  });

  it.each([
    ['nothing', '', true],
    ['a source is written', "writeFileSync(file('libs/one/src/index.ts'), '')", false],
    [
      'one is added that is old',
      "writeFileSync(file('libs/one/src/a.ts'), ''); utimesSync(file('libs/one/src/a.ts'), before, before)",
      false,
    ],
    ['one is removed', "rmSync(file('services/one/src/part.ts'))", false],
    ['a version is another', "writeFileSync(file('package-lock.json'), '')", false],
    ['a bundle is gone', "rmSync(file('services/one/dist/bundle.cjs'))", false],
    [
      'the compiler writes',
      "mkdirSync(file('services/one/dist'), { recursive: true }); writeFileSync(file('services/one/dist/main.js'), '')",
      true,
    ],
  ])('knows whether what runs is made of the sources as they are: %s', (_what, change, made) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', changing(root, change)],
      { encoding: 'utf8' },
    );
    expect({ stdout, stderr }).toEqual({ stdout: `true\n${made}\n`, stderr: '' });
  });
});
