import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConsoleConfig } from './console.config';
import { createConsole } from './console-app';
import type { LoadedConsole } from './doorway';

const NOBODY = '127.0.0.1:1';

let loaded: LoadedConsole;
let server: Server;
let url: string;

beforeAll(async () => {
  loaded = await createConsole(
    readConsoleConfig({
      GATEHOUSE_HTTP_LISTEN: '127.0.0.1:0',
      GATEHOUSE_REGISTRY_ADDRESS: NOBODY,
      GATEHOUSE_PROVISIONING_ADDRESS: NOBODY,
      GATEHOUSE_METERING_ADDRESS: NOBODY,
      GATEHOUSE_AUDIT_ADDRESS: NOBODY,
    }),
  );
  server = createServer(loaded.answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await loaded.close();
});

const KEY = { 'x-portkey-api-key': 'gh_some_key' };
const JSON_TYPE = { 'content-type': 'application/json' };

const answer = async (
  path: string,
  init: RequestInit = {},
): Promise<[number, string, string | undefined]> => {
  const response = await fetch(`${url}${path}`, init);
  const { data } = (await response.json()) as { data: { errorCode: string; reason?: string } };
  return [response.status, data.errorCode, data.reason];
};

it('asks for a key, which no cookie is', async () => {
  const missing = [401, 'AB05', 'CREDENTIALS_MISSING'];
  expect(await answer('/integrations')).toEqual(missing);
  expect(await answer('/integrations', { headers: { cookie: 'x-portkey-api-key=gh_some_key' } })).toEqual(
    missing,
  );
  expect(await answer('/integrations', { headers: { 'x-portkey-api-key': 'gh key' } })).toEqual(missing);
});

it.each<Record<string, string>>([
  KEY,
  { 'x-gatehouse-api-key': 'gh_some_key' },
  { authorization: 'Bearer gh_some_key' },
])('says that services are not to be had: %p', async (headers) => {
  expect(await answer('/integrations', { headers })).toEqual([503, 'AB04', 'PEER_UNAVAILABLE']);
});

it.each(['POST', 'DELETE', 'PUT'])('takes %s that says JSON and has no body', async (method) => {
  const asked = { method, headers: { ...KEY, ...JSON_TYPE } };
  const [status, code] = await answer('/integrations/one', asked);
  expect([status, code]).toEqual(method === 'POST' ? [404, 'AB02'] : [503, 'AB04']);
});

it.each([
  ['no JSON', '{"name":', 'AB01', undefined],
  ['no object', '[]', 'AB01', 'REQUEST_INVALID'],
  ['a prototype', '{"__proto__": {"name": "x"}}', 'AB01', undefined],
  ['fields of other types', '{"name": 1, "ai_provider_id": "openai"}', 'AB01', 'REQUEST_INVALID'],
])('refuses a body that is %s', async (_what, body, code, reason) => {
  const asked = { method: 'POST', headers: { ...KEY, ...JSON_TYPE }, body };
  expect(await answer('/integrations', asked)).toEqual([400, code, reason]);
});

it('names every fault of a request, and no value of it', async () => {
  const body = JSON.stringify({ name: 7, key: ['canary'], unknown: true });
  const response = await fetch(`${url}/integrations`, {
    method: 'POST',
    headers: { ...KEY, ...JSON_TYPE },
    body,
  });
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    data: { violations: [{ field: 'name' }, { field: 'ai_provider_id' }, { field: 'key' }] },
  });
  expect(text).not.toContain('canary');
});

it.each(['?page_size=0', '?page_size=1001', '?current_page=-1', '?type=theirs', '?current_page=x'])(
  'refuses a list %s',
  async (query) => {
    expect(await answer(`/integrations${query}`, { headers: KEY })).toEqual([400, 'AB01', 'REQUEST_INVALID']);
  },
);

it.each(['/nowhere', '/integrations/a/b/c', '/%E0%A4%A'])('has nothing at %s', async (path) => {
  expect((await answer(path, { headers: KEY })).slice(0, 2)).toEqual([404, 'AB02']);
});

it('describes itself to whoever asks', async () => {
  const response = await fetch(`${url}/openapi.json`);
  expect(await response.json()).toMatchObject({ openapi: '3.1.0' });
});

it('lets no cookie count, and signs nobody in, where nobody can say who it is', async () => {
  const unavailable = [503, 'AB04', 'PEER_UNAVAILABLE'];
  const cookie = '__Host-gatehouse-session=ghs_some_token';
  expect(await answer('/integrations', { headers: { cookie } })).toEqual(unavailable);
  const asked = {
    method: 'POST',
    headers: { ...JSON_TYPE, origin: url.slice(0, -3) },
    body: '{"key":"gh_a"}',
  };
  expect(await answer('/../session', asked)).toEqual(unavailable);
});
