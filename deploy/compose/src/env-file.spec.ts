import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressVariable,
  CONSOLE,
  databasePasswordVariable,
  databaseRoleOf,
  factsOf,
  kafkaPasswordVariable,
  publishedPortOf,
  SERVICE_NAMES,
} from '@gatehouse/topology';
import { composeFilesIn, type ComposeFiles } from './compose-files';
import { makeEnvFile, readEnvFile } from './env-file';
import { portVariable } from './installation';

const ROOT = join(__dirname, '..', '..', '..');

let root: string;
let files: ComposeFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-compose-'));
  files = composeFilesIn(root);
});

afterEach(() => rmSync(root, { recursive: true }));

it('says what makes an env file where none is', () =>
  expect(() => readEnvFile(files.env)).toThrow(
    `${files.env} is not there: run npm run compose:secrets first`,
  ));

describe('makeEnvFile', () => {
  it('makes both files once, for their owner only', () => {
    expect(makeEnvFile(files)).toContain('GATEHOUSE_KEY_PEPPER');
    const made = readFileSync(files.env, 'utf8');
    expect(makeEnvFile(files)).toEqual([]);
    expect(readFileSync(files.env, 'utf8')).toBe(made);
    expect([files.env, files.keys].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700]);
  });

  it("gives the keys' directory to the user that the gateway's container runs as", () => {
    makeEnvFile(files);
    const { uid, gid } = statSync(files.keys);
    expect(readEnvFile(files.env).get('GATEHOUSE_CONTAINER_USER')).toBe(`${uid}:${gid}`);
  });

  it('changes nothing of a file that lacks something, and names what', () => {
    writeFileSync(files.env, 'GATEHOUSE_KEY_PEPPER=abc\n');
    expect(() => makeEnvFile(files)).toThrow(/GATEHOUSE_POSTGRES_PASSWORD.*GATEHOUSE_FINGERPRINT_KEY/);
    expect(readFileSync(files.env, 'utf8')).toBe('GATEHOUSE_KEY_PEPPER=abc\n');
  });

  it('adds what an older version did not have', () => {
    makeEnvFile(files);
    const made = readEnvFile(files.env);
    const older = [...made].filter(([name]) => !/AUDIT|TLS|KAFKA|KEY_PATH/.test(name));
    rmSync(files.keys, { recursive: true });
    writeFileSync(files.env, older.map(([name, value]) => `${name}=${value}\n`).join(''));
    const added = [
      'GATEHOUSE_AUDIT_DATABASE_PASSWORD',
      ...SERVICE_NAMES.map(kafkaPasswordVariable),
      'GATEHOUSE_TLS_PATH',
      'GATEHOUSE_KEY_PATH',
    ];
    expect([...makeEnvFile(files)].sort()).toEqual([...added].sort());
    const now = readEnvFile(files.env);
    for (const [name, value] of older) expect(now.get(name)).toBe(value);
    expect(makeEnvFile(files)).toEqual([]);
  });

  it('says which of the two files is gone', () => {
    makeEnvFile(files);
    rmSync(files.keys, { recursive: true });
    expect(() => makeEnvFile(files)).toThrow('keys is gone');
    mkdirSync(files.keys);
    rmSync(files.env);
    expect(() => makeEnvFile(files)).toThrow('.env is not');
  });
});

describe('docker-compose.yml', () => {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));

  it('requires nothing that the env file has not', () => {
    makeEnvFile(files);
    const made = readEnvFile(files.env);
    expect([...required].filter((name) => !made.has(String(name)))).toEqual([]);
    expect(required.size).toBeGreaterThan(10);
  });

  /** The lines of one service: its name at two spaces, and what is deeper. */
  const blockOf = (name: string): string =>
    new RegExp(`^  ${name}:\\n(?:(?:    .*)?\\n)*`, 'm').exec(text)?.[0] ?? '';

  it.each(SERVICE_NAMES)('runs %s with what is its own', (name) => {
    const block = blockOf(name);
    expect(block).toContain(`services/${name}/dist/bundle.cjs`);
    expect(block).toContain(
      `postgresql://${databaseRoleOf(name)}:\${${databasePasswordVariable(name)}}@postgres:5432/gatehouse`,
    );
    expect(block).toContain(`source: \${GATEHOUSE_TLS_PATH:?run npm run compose:secrets first}/${name}\n`);
    const port = publishedPortOf(name);
    expect(block).toContain(`ports: ['127.0.0.1:\${${portVariable(name)}:-${port}}:${port}']`);
    expect(block).toContain(`GATEHOUSE_BUS_PASSWORD: \${${kafkaPasswordVariable(name)}:?`);
    expect(blockOf('migrator')).toContain(`${databasePasswordVariable(name)}: \${`);
    expect(blockOf('migrator')).toContain(`${kafkaPasswordVariable(name)}: \${`);
  });

  it('runs the console, and tells it no secret but its own with the identity provider', () => {
    const block = blockOf('console');
    const { http: port } = CONSOLE.listens;
    expect(block).toContain('services/console/dist/bundle.cjs');
    expect(block).toContain(`ports: ['127.0.0.1:\${${portVariable('console')}:-${port}}:${port}']`);
    expect(block).toContain('source: ${GATEHOUSE_TLS_PATH:?run npm run compose:secrets first}/console\n');
    expect(block).toContain('<<: [*peers, *tls, *hosts, *identity-provider]');
    expect(blockOf('gateway')).toContain(`GATEHOUSE_CONSOLE_ADDRESS: console:${port}\n`);
    const own = '      GATEHOUSE_OIDC_CLIENT_SECRET: ${GATEHOUSE_OIDC_CLIENT_SECRET:-}\n';
    expect(block).toContain(own);
    expect(block.replace(own, '')).not.toMatch(/PASSWORD|SECRET|PEPPER|TOKEN|DATABASE/);
  });

  it('tells the services where each of them is', () => {
    for (const name of SERVICE_NAMES) {
      expect(text).toContain(`${addressVariable(name)}: ${name}:${factsOf(name).listens.grpc}\n`);
    }
  });

  it('tells registry and gateway the same list of private hosts, empty by default', () => {
    for (const name of ['registry', 'gateway']) expect(blockOf(name)).toMatch(/<<: \[.*\*hosts\]/);
    expect(text).toContain('  GATEHOUSE_PRIVATE_HOSTS: ${GATEHOUSE_PRIVATE_HOSTS:-}\n');
  });

  it('knows services by their certificates, and by no token', () => {
    expect(text).not.toContain('SERVICE_TOKEN');
  });

  it('secures Kafka as the brokers of tests are secured', () => {
    const wanted = readFileSync(join(ROOT, 'deploy/kafka/secured.properties'), 'utf8')
      .split('\n')
      .filter((line) => /^\w/.test(line))
      .map((line) => {
        const [name = '', value] = [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)];
        // As the official image reads them.
        const variable = name.replaceAll('-', '___').replaceAll('.', '_').toUpperCase();
        return `      KAFKA_${variable}: ${value}\n`;
      });
    expect(wanted.length).toBeGreaterThan(9);
    const block = blockOf('kafka');
    for (const line of wanted) expect(block).toContain(line);
    expect(block).not.toContain('PLAINTEXT');
  });

  it('takes every secret from the env file, and none by default', () => {
    const secret = /PASSWORD|TOKEN|PEPPER|_KEY(_|$)/;
    const defaults = [...text.matchAll(/\$\{(\w+):-/g)].map(([, name]) => String(name));
    // The path of a key that newer installations do not have: by default it leads to nothing.
    expect(defaults.filter((name) => secret.test(name))).toEqual(['GATEHOUSE_VAULT_PRIVATE_KEY_PATH']);
    const plain = [...text.matchAll(/^ +(\w+): (?!.*\$\{)(.+)$/gm)].map(([, name]) => String(name));
    expect(plain.filter((name) => secret.test(name)).sort()).toEqual([
      'GATEHOUSE_BUS_KEY_FILE',
      'GATEHOUSE_KEY_DIR',
      'GATEHOUSE_TLS_KEY_FILE',
      'GATEHOUSE_VAULT_PRIVATE_KEY_FILE',
    ]);
  });
});
