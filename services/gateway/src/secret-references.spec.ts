import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deriveId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { withNamedSecrets } from '@gatehouse/sealing';
import { FakeProvider, plainAnswer } from './testing/fake-provider';
import { GatewayFixture, MODEL, ORGANIZATION } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
const OTHERS = deriveId('org', 'others');
const SECRET = 'sk-kept-elsewhere-0123456789';

describe('a secret that others keep', () => {
  const gateway = new GatewayFixture();
  const { control, provider } = gateway;
  const secrets = join(gateway.directory, 'secrets');
  let version = 1;

  const writeSecret = (path: string, text: string): string => {
    const file = join(secrets, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const setReference = (file: string, organizationId = ORGANIZATION): void => {
    const locator = { manager: { $case: 'file', value: file } } as const;
    const value = { organizationId, slug: 'openai-prod', locator };
    const id = `reference:${organizationId}/openai-prod`;
    control.set({ id, value: { $case: 'secretReference', value } });
  };
  /** A credential whose key is kept elsewhere, from now on. */
  const use = async (member: string, baseUrl?: string): Promise<void> => {
    version++;
    await gateway.seal(
      version,
      { ...withNamedSecrets({}, { api_key: { reference: 'openai-prod', member } }) },
      baseUrl,
    );
    gateway.setIntegration({ credentialVersion: version });
  };
  const codeOf = async (): Promise<string> => {
    const response = await gateway.chat(body);
    const answer = (await response.json()) as { error?: { code: string } };
    return answer.error?.code ?? String(response.status);
  };

  /** Once the gateway has heard of what was set. */
  const sentSoon = (secret: string): Promise<void> =>
    eventually(async () => {
      expect(await codeOf()).toBe('200');
      expect(provider.calls.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`);
    });

  beforeAll(async () => {
    const grants = {
      [ORGANIZATION]: { file: [join(secrets, 'ours/*'), join(gateway.directory, 'vk') + '*'] },
      [OTHERS]: { file: [join(secrets, 'theirs/*')] },
    };
    await gateway.start({ GATEHOUSE_SECRET_GRANTS: JSON.stringify(grants) });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    provider.calls.length = 0;
    provider.script = plainAnswer();
  });

  test('is sent to the provider, and redacted where the provider gives it back', async () => {
    setReference(writeSecret('ours/openai.json', JSON.stringify({ key: SECRET })));
    await use('key');
    await sentSoon(SECRET);
    provider.script = (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [], said: `you said ${SECRET}` }));
    };
    const echoed = await (await gateway.chat(body)).text();
    expect(echoed).toContain('you said');
    expect(echoed).not.toContain(SECRET);
  });

  test('is read at another place at once when its reference is changed', async () => {
    setReference(writeSecret('ours/second', 'sk-second\n'));
    await use('');
    await sentSoon('sk-second');
  });

  test.each([
    ['of another organization', () => writeSecret('theirs/openai', 'sk-theirs')],
    ['that is the vault’s key, though the operator lists it', () => gateway.keyFiles(gateway.vault)],
    ['that nobody lists', () => '/etc/hostname'],
    ['that is not there', () => join(secrets, 'ours/none')],
    ['that leads out of what is listed', () => join(secrets, 'ours/../theirs/openai')],
  ])('%s is not sent', async (_what, file) => {
    setReference(writeSecret('ours/second', 'sk-second'));
    await use('');
    await sentSoon('sk-second');
    setReference(file());
    await eventually(async () => expect(await codeOf()).toBe('credential_unavailable'));
    provider.calls.length = 0;
    expect(await codeOf()).toBe('credential_unavailable');
    expect(provider.calls).toEqual([]);
  });

  test('goes nowhere but where the credential that names it is sealed for', async () => {
    const elsewhere = new FakeProvider();
    await elsewhere.start();
    try {
      setReference(writeSecret('ours/second', 'sk-second'));
      await use('', elsewhere.baseUrl);
      await eventually(async () => expect(await codeOf()).toBe('credential_misdirected'));
      expect(elsewhere.calls).toEqual([]);
    } finally {
      await elsewhere.stop();
    }
  });

  test('by a name that was removed is not to be had', async () => {
    setReference(writeSecret('ours/second', 'sk-second'));
    await use('');
    await sentSoon('sk-second');
    control.set({ id: `reference:${ORGANIZATION}/openai-prod`, value: undefined });
    await eventually(async () => expect(await codeOf()).toBe('credential_unavailable'));
  });
});
