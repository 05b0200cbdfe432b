import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permissionFlags } from './adapters/posix/permission-flags';
import { workerPermissions } from './worker-permissions';

const SETTINGS = {
  GATEHOUSE_DATA_DIR: '/data',
  GATEHOUSE_KEY_DIR: '/keys',
};
const readsBeside = (env: NodeJS.ProcessEnv): readonly string[] => {
  const always = workerPermissions(SETTINGS).reads;
  return workerPermissions({ ...SETTINGS, ...env }).reads.filter((path) => !always.includes(path));
};

describe('what settings let a worker reach', () => {
  it('is the directory of keys, and which boot of the machine this is', () => {
    expect(workerPermissions(SETTINGS)).toEqual({
      reads: ['/proc/sys/kernel/random/boot_id'],
      writes: ['/keys'],
    });
  });

  it.each<[string, NodeJS.ProcessEnv, readonly string[]]>([
    ['certificates', { GATEHOUSE_TLS_CERT_FILE: '/tls/crt' }, ['/tls/crt']],
    ['a setting in a file', { GATEHOUSE_KEY_PEPPER_FILE: '/run/pepper' }, ['/run/pepper']],
    ['several keys', { GATEHOUSE_VAULT_PRIVATE_KEY_FILE: '/a.key, /b.key' }, ['/a.key', '/b.key']],
    ['a token of AWS', { AWS_WEB_IDENTITY_TOKEN_FILE: '/aws/token' }, ['/aws/token']],
    [
      'a certificate of the database',
      { GATEHOUSE_DATABASE_URL: 'postgresql://a:b@c/d?sslrootcert=/db/ca.crt' },
      ['/db/ca.crt'],
    ],
    [
      'secrets that are granted',
      { GATEHOUSE_SECRET_GRANTS: '{"org_a":{"file":["/run/a/*"],"environment":["A"]}}' },
      ['/run/a/*'],
    ],
    [
      'the token of its role',
      { GATEHOUSE_GATEWAY_ROLE: '{"kind":"web-identity","tokenFile":"/role/token"}' },
      ['/role/token'],
    ],
    ['nothing by what is malformed', { GATEHOUSE_SECRET_GRANTS: '[', GATEHOUSE_GATEWAY_ROLE: '3' }, []],
    ['nothing by what is of others', { SOME_FILE: '/etc/shadow', HOME: '/root' }, []],
  ])('is %s', (_what, env, reads) => expect(readsBeside(env)).toEqual(reads));
});

describe('flags of a process', () => {
  let directory: string;
  beforeEach(() => (directory = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-flags-')))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const paths = (...named: readonly string[]): readonly string[] =>
    permissionFlags({ reads: named })
      .filter((flag) => flag.startsWith('--allow'))
      .map((flag) => flag.replace('--allow-fs-read=', ''));

  it('allow a path by its name, and where it leads', () => {
    const [file, link, folder] = ['file', 'link', 'folder'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, '');
    symlinkSync(file, link);
    mkdirSync(folder);
    symlinkSync(folder, `${folder}-link`);
    expect(paths(link)).toEqual([file, link]);
    expect(paths(`${folder}/*`)).toEqual([`${folder}/*`]);
    expect(paths(file)).toEqual([file]);
    expect(paths(`${folder}-link/a*`)).toEqual([`${folder}-link/a*`, `${folder}/a*`]);
    expect(paths(join(directory, 'not there yet'))).toEqual([join(directory, 'not there yet')]);
  });

  it('allow no writing but where that is said, and reading there too', () => {
    expect(permissionFlags({ reads: [], writes: [directory] }).slice(-2)).toEqual([
      `--allow-fs-read=${directory}`,
      `--allow-fs-write=${directory}`,
    ]);
  });

  it.each([
    ['is named twice', ['a/b', 'a/b']],
    ['leads to one that is named', ['link', 'file']],
    ['is on the way of others', ['a/bc', 'a/bd', 'a/b', 'a/b*', 'a']],
    ['is of a directory', ['folder/in it', 'folder', 'folder/*', 'folder/']],
  ])('start a process where a path %s', (_what, named) => {
    writeFileSync(join(directory, 'file'), '');
    symlinkSync(join(directory, 'file'), join(directory, 'link'));
    mkdirSync(join(directory, 'folder'));
    const reads = named.map((path) => `${directory}/${path}`);
    const { status, stderr } = spawnSync(process.execPath, [
      ...[...permissionFlags({ reads, writes: reads }), '-e', '0'],
    ]);
    expect([status, stderr.toString()]).toEqual([0, '']);
  });

  it('say nothing twice', () => {
    const inIt = ['a', 'b', 'c*'].map((name) => join(directory, name));
    expect(paths(...inIt, ...inIt)).toEqual(inIt);
    expect(paths(...inIt, join(directory, 'c'), join(directory, 'cd'))).toEqual(inIt);
    expect(paths(...inIt, directory)).toEqual([directory]);
  });

  it('are not made of a path that would allow others', () =>
    expect(() => permissionFlags({ reads: ['/run/*/key'] })).toThrow('has a star in it'));
});
