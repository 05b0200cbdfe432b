import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { eventually } from '@gatehouse/kernel/testing';
import { newCommand, usdBudget } from './control-plane';
import { errorOf, GatewayClient } from './gateway-client';
import type { Product } from './product';
import { newTeam, type Team } from './team';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const MODEL = 'sim-small;first=0;interval=0;completion=1';
const MEGABYTE = 1024 * 1024;

describe('the HTTP edge refuses with a typed error and changes nothing', () => {
  let product: Product;
  let team: Team;
  let revoked: string;
  let before: Awaited<ReturnType<typeof everythingThatCounts>>;

  beforeAll(async () => {
    product = await sharedProduct();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(1_000_000_000n)] });
    const other = await newTeam(product, { models: [MODEL] });
    await product.control().apiKeys.revokeApiKey({ ...newCommand(), apiKeyId: other.apiKeyId });
    revoked = other.key;
    await eventually(async () => expect((await sendAs(revoked, valid())).status).toBe(401));
    before = await everythingThatCounts();
  }, START_MS);

  const everythingThatCounts = async () => ({
    history: (await product.control().history()).length,
    book: (await product.book.rows()).length,
    records: (await product.control().records()).length,
    limit: await product.control().limitAtRest(team.provisionId),
  });

  const valid = () => ({
    model: team.model(),
    messages: [{ role: 'user', content: 'Hi' }] as unknown,
    max_tokens: 1 as unknown,
  });

  interface Sent {
    readonly status: number | undefined;
    readonly code?: string;
    readonly param?: string | null;
  }

  const post = async (
    body: string | Buffer | undefined,
    options: {
      key?: string;
      path?: string;
      method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
      headers?: Record<string, string>;
    } = {},
  ): Promise<Sent> => {
    const client =
      options.key === undefined ? team.gateway : new GatewayClient(product.gatewayUrl, options.key);
    const { method = 'POST', path = '/v1/chat/completions', headers } = options;
    const answer = await client.send(method, path, body, { headers });
    if (client !== team.gateway) await client.close();
    expect(answer?.headers['content-type']).toMatch(/^application\/json/);
    expect(answer?.requestId).toMatch(/^req_[0-9a-z]{26}$/);
    const error = errorOf(answer);
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['message', 'type', 'code', 'param']));
    return { status: answer?.status, code: error.code, param: error.param };
  };

  const sendAs = (key: string, body: object): Promise<Sent> => post(JSON.stringify(body), { key });
  const invalid = (param?: string) => ({
    status: 400,
    code: 'invalid_request',
    ...(param !== undefined && { param }),
  });

  it.each<[string, string | Buffer | undefined]>([
    ['no body', undefined],
    ['an empty body', ''],
    ['no JSON', 'model=x'],
    ['half of JSON', '{"model": "x"'],
    ['JSON and more', '{"model": "x"} {}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['an empty object', '{}'],
    ['bytes that are no UTF-8', Buffer.from('{"model": "\xff\xfe", "messages": []}', 'latin1')],
    ['a control character in a text', '{"model": "a\u0001b"}'],
    ['a comma too many', '{"model": "x",}'],
    ['NaN', '{"model": "x", "max_tokens": NaN}'],
    ['lists a hundred thousand deep', `{"messages": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['objects never closed', '{"a":'.repeat(100_000)],
  ])('%s', async (_name, body) => {
    expect(await post(body)).toMatchObject(invalid());
  });

  it.each<[string, (text: string) => string]>([
    ['a key twice', (text) => text.replace('{', '{"max_tokens": 4000, ')],
    ['a key twice, once escaped', (text) => text.replace('{', '{"max\\u005ftokens": 4000, ')],
    ['the model twice', (text) => text.replace('{', '{"model": "@simulator/sim-small", ')],
    ['an unknown key twice', (text) => text.replace('{', '{"seed": 1, "seed": 2, ')],
  ])('%s', async (_name, change) => {
    expect(await post(change(JSON.stringify(valid())))).toMatchObject(invalid());
  });

  it.each<[string, unknown]>([
    ...[undefined, null, [], {}, 'Hi', 1, [1], [null], ['Hi'], [[]]].map((value): [string, unknown] => [
      'messages',
      value,
    ]),
    ...[0, -1, 1.5, '10', true, [], {}, 4_097, 1e30, -1e30].map((value): [string, unknown] => [
      'max_tokens',
      value,
    ]),
    ...[0, -1, 1.5, '10', 4_097].map((value): [string, unknown] => ['max_completion_tokens', value]),
    ...[0, -1, 1.5, '2', true, 1_000_000, []].map((value): [string, unknown] => ['n', value]),
    ...['true', 1, 0, {}, []].map((value): [string, unknown] => ['stream', value]),
    ...[undefined, null, 1, '', [], {}, '@', '@/', '@x/'].map((value): [string, unknown] => ['model', value]),
  ])('%s = %j', async (param, value) => {
    const body: Record<string, unknown> = { ...valid(), [param]: value };
    if (param === 'max_completion_tokens') delete body['max_tokens'];
    const refusal = await post(JSON.stringify(body));
    // It may say which of the messages.
    expect({ ...refusal, param: refusal.param?.replace(/\[.*/, '') }).toMatchObject(invalid(param));
  });

  it('names that lead nowhere', async () => {
    const named = (model: string, headers?: Record<string, string>) =>
      post(JSON.stringify({ ...valid(), model }), { headers });
    expect(await named('@nowhere/sim-small')).toMatchObject({ status: 404, code: 'unknown_provider' });
    expect(await named('@nowhere')).toMatchObject({ status: 404, code: 'unknown_provider' });
    expect(await named(`@${team.slug}`)).toMatchObject(invalid('model'));
    expect(await named(`@${team.slug}/sim-small`)).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(await named('gpt-none')).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(await named('@simulator/sim-small')).toMatchObject({
      status: 403,
      code: 'provider_not_provisioned',
    });
    expect(await named('@__proto__/sim-small')).toMatchObject({ status: 404, code: 'unknown_provider' });
    expect(await named(`@${team.slug}/__proto__`)).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(await named(team.model(), { 'x-gatehouse-provider': '@nowhere' })).toMatchObject(invalid('model'));
  });

  it('keys that are none', async () => {
    const refusal = { status: 401, code: 'invalid_api_key' };
    const { key } = team;
    const wrong = ['', 'x', `${key.slice(0, -1)}~`, key.slice(0, -1), `${key}x`, key.toUpperCase(), revoked];
    for (const candidate of [...wrong, `gh_${'0'.repeat(26)}_${'A'.repeat(43)}`, 'k'.repeat(8_000)]) {
      expect(await sendAs(candidate, valid())).toMatchObject(refusal);
      expect(await post(undefined, { key: candidate, method: 'GET', path: '/v1/models' })).toMatchObject(
        refusal,
      );
    }
    expect(
      await post(JSON.stringify(valid()), { key: '', headers: { authorization: `Basic ${key}` } }),
    ).toMatchObject(refusal);
    expect([401, 403]).toContain((await sendAs(product.first.adminKey, valid())).status);
  });

  it.each<['GET' | 'POST' | 'PUT' | 'DELETE', string]>([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/chat/completions'],
    ['PUT', '/v1/chat/completions'],
    ['POST', '/v1/models'],
    ['DELETE', '/v1/models'],
    ['POST', '/v1/audio/speech'],
    ['POST', '/v1/chat/completions/'],
    ['POST', '/v1/chat/completions/x'],
    ['POST', '/V1/chat/completions'],
    ['POST', '/chat/completions'],
    ['GET', '/book'],
    ['GET', '/%'],
    ['GET', '/..%2f..%2fetc/passwd'],
  ])('%s %s', async (method, path) => {
    const body = method === 'POST' || method === 'PUT' ? JSON.stringify(valid()) : undefined;
    const { status, code } = await post(body, { method, path });
    expect({ status, code }).toEqual({ status: 404, code: 'unknown_url' });
  });

  it.each(['plain', 'chunked'])(
    'a body of 33 MiB, %s, with an answer that is really received',
    async (manner) => {
      const answer = await oversized(manner === 'chunked', 33);
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text)).toMatchObject({
        error: { code: 'request_too_large', type: 'invalid_request_error' },
      });
    },
    60_000,
  );

  const oversized = (chunked: boolean, megabytes: number): Promise<{ status?: number; text: string }> =>
    new Promise((resolve, reject) => {
      const length = megabytes * MEGABYTE;
      const request = httpRequest(`${product.gatewayUrl}/v1/chat/completions`, {
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${team.key}`,
          'content-type': 'application/json',
          ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }),
        },
      });
      // A client that reads only once it has sent everything, as many do.
      let answered: { status?: number; text: string } | undefined;
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('error', reject);
        response.once('end', () => {
          answered = { status: response.statusCode, text };
          if (request.writableFinished) resolve(answered);
        });
      });
      request.once('finish', () => answered && resolve(answered));
      const piece = Buffer.alloc(MEGABYTE, 'x');
      const write = (sent: number): void => {
        if (sent === megabytes) request.end();
        else request.write(piece, () => write(sent + 1));
      };
      write(0);
    });

  it('an encoded body', async () => {
    const body = gzipSync(JSON.stringify(valid()));
    const { status, code } = await post(body, { headers: { 'content-encoding': 'gzip' } });
    expect([400, 415]).toContain(status);
    expect(code).toBe('invalid_request');
  });

  it.each<[string, string]>([
    ['no HTTP at all', 'HELLO\r\n\r\n'],
    [
      'two lengths',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    ],
    ['a header of 100 KB', `GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('%s', async (_name, bytes) => {
    const answer = await rawAnswer(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  const rawAnswer = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const socket = connect(Number(new URL(product.gatewayUrl).port), '127.0.0.1', () =>
        socket.write(bytes),
      );
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => resolve(text));
      socket.on('close', () => resolve(text));
      socket.setTimeout(5_000, () => socket.destroy());
    });

  it('and all of this changed nothing; parameters that the gateway does not know are forwarded', async () => {
    expect(await everythingThatCounts()).toEqual(before);
    const answer = await product.gateway().chat({
      model: product.first.model,
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 1,
      temperature: 0,
      some_new_parameter: { deep: [1, 2] },
    });
    expect(answer?.status).toBe(200);
    before = { ...before, book: before.book + 1, records: before.records + 1 };
    await eventually(async () => expect(await everythingThatCounts()).toEqual(before));
  });
});
