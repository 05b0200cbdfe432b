import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf, SERVICE_NAMES } from '@gatehouse/topology';

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

/** What an operator may set, as services read it. */
const SETTINGS = [
  'libs/config/src/config.ts',
  ...SERVICES.flatMap((name) =>
    readdirSync(join(ROOT, 'services', name, 'src'))
      .filter((file) => file.endsWith('.config.ts'))
      .map((file) => `services/${name}/src/${file}`),
  ),
]
  .flatMap((path) => [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^ +(GATEHOUSE_[A-Z_]+):/gm)])
  .map(([, name = '']) => name)
  .filter((name, at, all) => all.indexOf(name) === at && !name.endsWith('_ADDRESS'));

const told = ['deploy', 'libs', 'services']
  .flatMap((folder) => packages.filter((path) => path.startsWith(`${folder}/`)))
  .map((path) => readFileSync(join(ROOT, path, 'README.md'), 'utf8'))
  .join('\n');

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

  it.each(SERVICE_NAMES)('tells the next engineer of every stream of %s', (name) => {
    const lines = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8').split('\n');
    const row = lines.find((line) => line.includes(`| ${name}: `)) ?? '';
    expect(factsOf(name).streams.filter((stream) => !row.includes(`\`${stream}\``))).toEqual([]);
  });

  it.each(SETTINGS)('says what %s is', (name) => {
    // `…_KEY_FILE` beside `GATEHOUSE_TLS_CERT_FILE`.
    const words = name.split('_');
    const ways = [name, ...words.slice(1).map((_word, at) => `…_${words.slice(at + 1).join('_')}`)];
    expect(ways.some((way) => told.includes(`\`${way}\``) || told.includes(`\`${way}=`))).toBe(true);
  });

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
