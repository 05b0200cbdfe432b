import { ConsoleBench } from './testing/console-bench';
import { FakeProvisioning } from './testing/fake-provisioning';

let provisioning: FakeProvisioning;
let bench: ConsoleBench;
let url: string;

/** Provisioning tells who calls, and nothing else is to be had of anybody. */
beforeAll(async () => {
  provisioning = await FakeProvisioning.start();
  for (const caller of ['gh_some_key', 'gh_a', 'ghs_some_token']) provisioning.callers.add(caller);
  bench = await ConsoleBench.start({ GATEHOUSE_PROVISIONING_ADDRESS: provisioning.address });
  url = `${bench.url}/v1`;
});
afterAll(async () => {
  await bench.stop();
  provisioning.stop();
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
  ['no JSON', '{"name":', 'AB01', 'BODY_UNREADABLE'],
  ['no object', '[]', 'AB01', 'REQUEST_INVALID'],
  ['a prototype', '{"__proto__": {"name": "x"}}', 'AB01', 'BODY_UNREADABLE'],
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
  expect(await answer(path, { headers: KEY })).toEqual([404, 'AB02', 'URL_UNKNOWN']);
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
