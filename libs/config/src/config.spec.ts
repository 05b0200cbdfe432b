import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busFields, callerFields, ConfigError, field, readConfig, tlsFields } from './config';

describe('readConfig', () => {
  it('lists all faults by name and no value', () => {
    const read = () =>
      readConfig(
        {
          LISTEN: field.address(),
          PEPPER: field.bytes(32),
          TIMES: field.int({ min: 1, max: 10, fallback: 3 }),
        },
        { PEPPER: 'c2VjcmV0', TIMES: '11' },
      );
    expect(read).toThrow(ConfigError);
    try {
      read();
    } catch (error) {
      expect((error as ConfigError).faults).toEqual([
        'LISTEN: is required',
        'PEPPER: must be 32 bytes in base64',
        'TIMES: must be at most 10',
      ]);
      expect((error as ConfigError).message).not.toContain('c2VjcmV0');
    }
  });

  it.each(['127.0.0.1', ':7001', '127.0.0.1:', 'a b:1', '127.0.0.1:65536', '127.0.0.1:99999', 'http://a:1'])(
    'takes no address that is none: %s',
    (LISTEN) => {
      const read = (): unknown => readConfig({ LISTEN: field.address() }, { LISTEN });
      expect(read).toThrow('LISTEN: must be host:port');
    },
  );

  it.each(['127.0.0.1:0', '[::1]:65535', 'registry:7001'])('takes an address: %s', (LISTEN) => {
    expect(readConfig({ LISTEN: field.address() }, { LISTEN })).toEqual({ LISTEN });
  });

  it.each([
    ['', 'is required'],
    ['gatehouse', 'must be a URL'],
  ])('takes no URL that is none: %p', (DATABASE, fault) => {
    const read = (): unknown => readConfig({ DATABASE: field.url() }, { DATABASE });
    expect(read).toThrow(`DATABASE: ${fault}`);
  });

  it('parses and falls back', () => {
    const [hash, other] = ['a'.repeat(64), 'b'.repeat(64)];
    expect(
      readConfig(
        { TIMES: field.int({ min: 1, max: 10, fallback: 3 }), HASHES: field.tokenHashes() },
        { HASHES: `registry=${hash}, gateway=${hash}, registry=${other}` },
      ),
    ).toEqual({
      TIMES: 3,
      HASHES: new Map([
        ['registry', [hash, other]],
        ['gateway', [hash]],
      ]),
    });
  });

  it('takes the first of several tokens, and every one of several secrets', () => {
    const [newer, older] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const shape = { TOKEN: field.firstOf(), PEPPERS: field.secrets(32) };
    const list = `${newer.toString('base64')}, ${older.toString('base64')}`;
    expect(readConfig(shape, { TOKEN: 'newer, older', PEPPERS: list })).toEqual({
      TOKEN: 'newer',
      PEPPERS: [newer, older],
    });
    for (const bad of [`${list},`, `${list},c2VjcmV0`]) {
      expect(() => readConfig(shape, { TOKEN: 'a', PEPPERS: bad })).toThrow(ConfigError);
    }
    expect(() => readConfig(shape, { TOKEN: ' ,a', PEPPERS: list })).toThrow(ConfigError);
  });

  it.each(['GATEHOUSE_TLS_CERT_FILE', 'GATEHOUSE_TLS_KEY_FILE', 'GATEHOUSE_TLS_CA_FILE'])(
    'takes TLS whole or not at all: names %s when it alone is missing',
    (missing) => {
      const whole = {
        GATEHOUSE_TLS_CERT_FILE: 'a',
        GATEHOUSE_TLS_KEY_FILE: 'b',
        GATEHOUSE_TLS_CA_FILE: 'c',
      };
      expect(readConfig(tlsFields, whole)).toEqual(whole);
      expect(readConfig(tlsFields, {})).toEqual({});
      const faults = [`${missing}: is required, as TLS is configured`];
      const part = Object.entries(whole).filter(([name]) => name !== missing);
      expect(() => readConfig(tlsFields, Object.fromEntries(part))).toThrow(
        expect.objectContaining({ faults }),
      );
    },
  );

  it('asks for a token where there is no TLS, and for none where the certificate says who we are', () => {
    const fields = { ...tlsFields, ...callerFields, GATEHOUSE_SERVICE_TOKEN_HASHES: field.text().optional() };
    const tls = {
      GATEHOUSE_TLS_CERT_FILE: 'a',
      GATEHOUSE_TLS_KEY_FILE: 'b',
      GATEHOUSE_TLS_CA_FILE: 'c',
    };
    expect(readConfig(fields, tls)).toEqual(tls);
    expect(() => readConfig(fields, {})).toThrow(
      expect.objectContaining({
        faults: [
          'GATEHOUSE_SERVICE_TOKEN: is required, as TLS is not configured',
          'GATEHOUSE_SERVICE_TOKEN_HASHES: is required, as TLS is not configured',
        ],
      }),
    );
  });

  it.each([
    ['GATEHOUSE_BUS_CA_FILE', { GATEHOUSE_BUS_PASSWORD: 'secret' }],
    ['GATEHOUSE_BUS_PASSWORD', { GATEHOUSE_BUS_CA_FILE: 'ca.crt' }],
  ])('sends a password to the bus over TLS only: asks for %s', (missing, given) => {
    const read = (): unknown => readConfig(busFields, { GATEHOUSE_BUS: 'kafka://a:1', ...given });
    expect(read).toThrow(`${missing}: is required`);
    expect(read).not.toThrow('secret');
    expect(readConfig(busFields, {})).toEqual({ GATEHOUSE_BUS: 'postgres' });
  });

  it('takes a setting from a file where the variable is not set', () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(directory, 'store');
    writeFileSync(file, 'esdb://ops:secret@a:2113,b:2113\n');
    const read = (env: NodeJS.ProcessEnv) => readConfig({ STORE: field.store().default('postgres') }, env);
    expect(read({ STORE_FILE: file })).toEqual({ STORE: 'esdb://ops:secret@a:2113,b:2113' });
    expect(read({})).toEqual({ STORE: 'postgres' });
    expect(read({ STORE: '', STORE_FILE: file })).toEqual({ STORE: 'esdb://ops:secret@a:2113,b:2113' });
    expect(read({ STORE: 'postgres', STORE_FILE: '/dev/null' })).toEqual({ STORE: 'postgres' });
    expect(read({ STORE: '', STORE_FILE: '' })).toEqual({ STORE: 'postgres' });
    expect(() => read({ STORE_FILE: file, STORE: 'postgres' })).toThrow('STORE: is set, and STORE_FILE too');
    rmSync(directory, { recursive: true });
    expect(() => read({ STORE_FILE: file })).toThrow('STORE_FILE: cannot be read');
  });

  it('takes names with their choices, each name once', () => {
    const read = (ROLES: string) =>
      readConfig({ ROLES: field.choices(['admin', 'auditor']) }, { ROLES }).ROLES;
    expect([...read('a team=admin, cn=b=auditor')]).toEqual([
      ['a team', 'admin'],
      ['cn=b', 'auditor'],
    ]);
    for (const wrong of [
      'hidden=owner',
      'hidden',
      '=admin',
      'hidden=admin,',
      'hidden=admin,hidden=auditor',
    ]) {
      expect(() => read(wrong)).toThrow('ROLES: must be name=admin|auditor');
      expect(() => read(wrong)).not.toThrow('hidden');
    }
  });

  it('wants all that an identity provider takes, or nothing of it', () => {
    const names = [
      'GATEHOUSE_OIDC_ISSUER',
      'GATEHOUSE_OIDC_CLIENT_ID',
      'GATEHOUSE_OIDC_CLIENT_SECRET',
    ] as const;
    const shape = Object.fromEntries(names.map((name) => [name, field.text().optional()]));
    for (const given of names) {
      const others = names.filter((name) => name !== given);
      for (const other of others)
        expect(() => readConfig(shape, { [given]: 'a' })).toThrow(`${other}: is required`);
    }
    expect(readConfig(shape, {})).toEqual({});
    expect(Object.keys(readConfig(shape, Object.fromEntries(names.map((name) => [name, 'a']))))).toEqual(
      names,
    );
  });

  it('takes a list of private hosts, and none where it is not set', () => {
    const read = (env: NodeJS.ProcessEnv) => readConfig({ HOSTS: field.privateHosts() }, env).HOSTS;
    expect(read({ HOSTS: 'vllm, 10.0.0.0/8' }).hasName('vllm')).toBe(true);
    expect(read({}).hasName('vllm')).toBe(false);
    expect(() => read({ HOSTS: 'vllm,hidden:8000' })).toThrow(
      'HOSTS: must be networks (10.0.0.0/8, fd00::/8)',
    );
    expect(() => read({ HOSTS: 'vllm,hidden:8000' })).not.toThrow('hidden');
  });

  it('names the setting that should say who we are, and does not show it', () => {
    const read = () => readConfig({ STORE: field.store() }, { STORE: 'esdb://hidden.example:2113' });
    expect(read).toThrow('STORE: must name a user');
    expect(read).not.toThrow('hidden');
  });
});
