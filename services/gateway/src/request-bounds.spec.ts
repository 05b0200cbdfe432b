import { connect } from 'node:net';
import { hashApiKey } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { deriveId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, CREDENTIAL, GatewayFixture, MODEL, PEPPER } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const OTHER_KEY = keyNamed(PEPPER, 'another');
const BODIES_MAX = 4 * 1024 * 1024;
const DEADLINE_MS = 1_000;

describe('what one request may take', () => {
  const gateway = new GatewayFixture();
  const { provider, control } = gateway;

  beforeAll(() =>
    gateway.start({
      GATEHOUSE_BODY_DEADLINE_MS: String(DEADLINE_MS),
      GATEHOUSE_HEAD_DEADLINE_MS: String(DEADLINE_MS),
      GATEHOUSE_BODIES_BYTES_MAX: String(BODIES_MAX),
    }),
  );
  afterAll(() => gateway.stop());

  const post = (body: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', body, headers });
  /** What comes back on a socket of which only this was sent, until it is closed; a byte more every so often. */
  const halfSent = (head: string, everyMs: number, byte = ' '): Promise<{ text: string; tookMs: number }> =>
    new Promise((resolve) => {
      const { port } = new URL(gateway.url);
      const begunAt = performance.now();
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(head));
      const timer = setInterval(() => socket.write(byte), everyMs);
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ text, tookMs: performance.now() - begunAt });
      });
    });
  const head = (length: number, key = API_KEY): string =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-length: ${length}\r\n\r\n`;

  const inChunks = head(1).replace('content-length: 1', 'transfer-encoding: chunked');

  it.each([
    ['of a length', `${head(1_000)}{`, ' '],
    ['in chunks', `${inChunks}1\r\n{\r\n`, '1\r\n \r\n'],
    ['that never begins', head(1_000), ''],
  ])(
    'is a body that comes in time, %s: no byte of it puts that off, and the connection is closed',
    async (_what, begun, byte) => {
      const { text, tookMs } = await halfSent(begun, 100, byte);
      expect(text).toMatch(/^HTTP\/1.1 408 /);
      expect(text).toContain('"code":"request_timeout"');
      expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
    },
  );

  it.each([
    ['a word of it', 'GET /v1', 'x'],
    ['its headers', 'GET /v1/models HTTP/1.1\r\nhost: a\r\nx-slow: ', 'x'],
    ['nothing', '', ''],
  ])(
    'is a head that comes in time, whoever sends it: no byte puts that off after %s',
    async (_what, begun, byte) => {
      const { text, tookMs } = await halfSent(begun, 100, byte);
      expect(text).toMatch(/^HTTP\/1.1 408 |^$/);
      expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
      expect(tookMs).toBeLessThan(20 * DEADLINE_MS);
    },
  );

  it('is a body that comes in time also where nobody has a use for it: no byte of it keeps its connection', async () => {
    const lines = ['GET /v1/models', 'GET /v2', 'POST /v1/messages'];
    const answers = await Promise.all(
      lines.map((line) =>
        halfSent(`${line} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n`, 100, '1\r\n \r\n'),
      ),
    );
    expect(answers.map(({ text }) => text.slice(0, 12))).toEqual([
      'HTTP/1.1 401',
      'HTTP/1.1 404',
      'HTTP/1.1 401',
    ]);
    for (const { tookMs } of answers) expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
  }, 60_000);

  it('is a quarter of what all bodies may, for one key; others go on, and it does when they are over', async () => {
    control.set({
      id: deriveId('key', 'another'),
      value: {
        $case: 'key',
        value: { ...gateway.keyConfig(OTHER_KEY), hash: hashApiKey(PEPPER, OTHER_KEY) },
      },
    });
    const asked = async (key: string, bytes: number): Promise<string> => {
      const content = 'x'.repeat(bytes);
      const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], max_tokens: 1 });
      const answer = await post(body, { authorization: `Bearer ${key}` });
      const told = (await answer.json()) as { error?: { code: string } };
      return told.error?.code ?? String(answer.status);
    };
    await until(async () => (await asked(OTHER_KEY, 1)) === '200', 'the other key to be known');
    // One is under way until it is told to end: its body is held as long.
    let release = (): void => undefined;
    provider.script = (call, response, request) => {
      provider.script = plainAnswer();
      release = () => plainAnswer()(call, response, request);
    };
    const before = provider.calls.length;
    const underWay = asked(API_KEY, 700_000);
    await until(() => provider.calls.length > before, 'the call to be under way');
    expect(await asked(API_KEY, 500_000)).toBe('bodies_too_large');
    expect(await asked(OTHER_KEY, 500_000)).toBe('200');
    release();
    expect(await underWay).toBe('200');
    await until(async () => (await asked(API_KEY, 500_000)) === '200', 'room again');
  });

  it.each(['application/json, application/json', 'json', '', 'text/plain; charset=', undefined])(
    'is judged by itself and after the key, not by what it is said to be: %s',
    async (type) => {
      const sent = (key: string) =>
        post(JSON.stringify({ model: MODEL, messages, max_tokens: 1 }), {
          authorization: `Bearer ${key}`,
          ...(type !== undefined && { 'content-type': type }),
        });
      expect((await sent('gh_nobody')).status).toBe(401);
      expect((await sent(API_KEY)).status).toBe(200);
    },
  );

  it('is one way through a gateway: what leads back to it is refused at once', async () => {
    // What the provider is shown is a key of this gateway, which then is its own client.
    await gateway.sealFor(2, { api_key: API_KEY }, [gateway.url]);
    gateway.setIntegration({ baseUrl: `${gateway.url}/v1`, credentialVersion: 2 });
    gateway.setProvision({ allModels: true, modelNames: [] });
    const chat = () => gateway.chat({ model: MODEL, messages, max_tokens: 1 });
    await until(async () => (await chat()).status === 400, 'the loop to be closed');
    const answer = await chat();
    expect(await answer.json()).toMatchObject({ error: { code: 'loop_detected' } });
    await gateway.seal(3, { api_key: CREDENTIAL });
    gateway.setIntegration({ credentialVersion: 3 });
    await until(async () => (await chat()).status === 200, 'the way to lead out again');
  });

  it.each([
    ['of another gateway', '0123456789abcdef', 200, 2],
    ['of too many', Array.from({ length: 8 }, (_, index) => `${index}`.repeat(16)).join(), 400, 0],
    ['of none', 'hello', 400, 0],
  ])('has passed the gateways that it names: %s', async (_what, hops, status, told) => {
    provider.script = plainAnswer();
    const answer = await gateway.chat(
      { model: MODEL, messages, max_tokens: 1 },
      { 'x-gatehouse-hops': hops },
    );
    expect(answer.status).toBe(status);
    if (told > 0)
      expect(String(provider.calls.at(-1)?.headers['x-gatehouse-hops']).split(',')).toHaveLength(told);
  });
});
