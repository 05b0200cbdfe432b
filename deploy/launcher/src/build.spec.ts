import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const REPOSITORY = join(__dirname, '../../..');

/** A checkout whose compiler finds fault with a type, whatever it is asked. */
const checkout = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-build-'));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  for (const name of ['deploy/launcher/bin', 'swc.options.cjs'])
    cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  for (const name of ['deploy/launcher', 'deploy/simulator', 'services/one'])
    write(`${name}/src/main.ts`, 'console.log("up");');
  write('deploy/launcher/src/setup.ts', '');
  write('libs/proto-gen/src/gen/one.ts', '');
  write('libs/proto-gen/descriptors.binpb', '');
  write('package-lock.json', '{}');
  for (const name of ['public/icon.svg', 'src/main.ts', 'index.html', 'package.json', 'tsconfig.json'])
    write(`services/console/web/${name}`, '');
  write('services/console/web/vite.config.mjs', '');
  write('services/console/src/main.ts', '');
  write('services/console/src/console-app.ts', '');
  write('node_modules/typescript7/bin/tsc', 'console.log("TS2322: not assignable"); process.exit(1);');
  const page = `const page = ${JSON.stringify(join(root, 'services/console/web/dist'))};`;
  write(
    'node_modules/vite/bin/vite.js',
    `${page} const fs = require('fs'); fs.mkdirSync(page); fs.writeFileSync(page + '/index.html', '');`,
  );
  for (const name of ['esbuild', '@swc'])
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(root, 'node_modules', name));
  return root;
};

describe('what builds', () => {
  let root: string;

  beforeEach(() => (root = checkout()));
  afterEach(() => rmSync(root, { recursive: true }));

  const onLinux = process.platform === 'linux' ? it : it.skip;

  const build = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'deploy/launcher/bin/build.mjs'), ...args], { encoding: 'utf8' });
  const isBuilt = () =>
    ['services/one/dist/bundle.cjs', 'services/console/web/dist/index.html'].every((name) =>
      existsSync(join(root, name)),
    );

  it('makes what runs of the sources alone, and has no type checked for a start', () => {
    const { status, stderr } = build('--what-runs');
    expect({ status, stderr: stderr.replace(/[\d.]+ s/g, '0 s') }).toEqual({
      status: 0,
      stderr: '… Bundles\n✓ Bundles (0 s)\n… Page\n✓ Page (0 s)\n',
    });
    expect(isBuilt()).toBe(true);
  });

  onLinux(
    'says who is to build where nothing is built and nothing can be written, and builds nothing where something is',
    () => {
      // In place of what no user may write in: tests may be run by root.
      const cache = join(root, 'node_modules/.cache');
      symlinkSync('/proc', cache);
      const { status, stderr } = build('--what-runs');
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: `${root} is not built yet and cannot be written to: its owner is to run npm run build first.\n`,
      });
      rmSync(cache);
      build('--what-runs');
      rmSync(cache, { recursive: true });
      symlinkSync('/proc', cache);
      expect(build('--what-runs')).toMatchObject({ status: 0, stderr: '' });
    },
  );

  it('has the compiler look at all else', () => {
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toContain('TS2322: not assignable');
    expect(isBuilt()).toBe(false);
  });
});
