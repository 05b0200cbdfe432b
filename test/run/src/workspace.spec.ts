import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NAMES } from '@gatehouse/topology';

const ROOT = join(__dirname, '..', '..', '..');
const FOLDERS = ['deploy', 'libs', 'services', 'test'];

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

const packages = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => existsSync(join(ROOT, path, 'package.json'))),
).sort();

const SERVICES = packages
  .filter((path) => path.startsWith('services/'))
  .map((path) => path.slice('services/'.length));

describe('the workspace', () => {
  it.each(SERVICES)('tells newcomers of %s', (name) => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(
      `| [${name}](services/${name}/README.md)`,
    );
  });

  it.each(packages.filter((path) => /^(libs|services)\//.test(path)))(
    'says in a README what %s is for',
    (path) => {
      expect(readFileSync(join(ROOT, path, 'README.md'), 'utf8')).toMatch(/^# .+\n\n\S/);
    },
  );

  it('knows the services that are there', () => {
    expect([...SERVICE_NAMES, 'cli', 'console'].sort()).toEqual([...SERVICES].sort());
  });

  it('builds every package: tsconfig.json references each', () => {
    const { references } = readJson('tsconfig.json') as { references: { path: string }[] };
    // What a service shows in browsers is beside it, and compiled for these.
    const typescript = packages
      .flatMap((path) => [path, `${path}/web`])
      .filter((path) => existsSync(join(ROOT, path, 'tsconfig.json')));
    expect(references.map(({ path }) => path)).toEqual(typescript);
  });

  it.each(packages)('tests %s', (path) => {
    const { scripts = {} } = readJson(`${path}/package.json`) as { scripts?: Record<string, string> };
    expect(scripts).toMatchObject({ test: 'jest' });
    expect(existsSync(join(ROOT, path, 'jest.config.cjs'))).toBe(true);
  });

  it.each(packages)('builds before %s what it depends on', (path) => {
    const { dependencies = {} } = readJson(`${path}/package.json`) as {
      dependencies?: Record<string, string>;
    };
    const { references = [] } = readJson(`${path}/tsconfig.json`) as { references?: { path: string }[] };
    const referenced = references.map((reference) => {
      const { name } = readJson(join(path, reference.path, 'package.json')) as { name: string };
      return name;
    });
    expect(referenced).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  });
});
