import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as ask } from 'node:http';
import { connect } from 'node:net';
import { eventually } from '@gatehouse/kernel/testing';
import { ConsoleBench } from '../testing/console-bench';
import { FakeProvisioning } from '../testing/fake-provisioning';

const LARGE = { method: 'PUT', path: '/v1/integrations/one/workspaces' };
const LARGEST = 4 * 1024 * 1024;

let provisioning: FakeProvisioning;
let bench: ConsoleBench;

beforeAll(async () => {
  provisioning = await FakeProvisioning.start();
  provisioning.callers.add('gh_one');
  bench = await ConsoleBench.start({ GATEHOUSE_PROVISIONING_ADDRESS: provisioning.address });
});
afterAll(async () => {
  await bench.stop();
  provisioning.stop();
});

const headersOf = (key: string) => ({ 'x-portkey-api-key': key, 'content-type': 'application/json' });

const answer = async (
  body: string,
  { method = 'POST', path = '/v1/integrations', key = 'gh_one' } = {},
): Promise<[status: number, reason: string | undefined]> => {
  const response = await fetch(`${bench.url}${path}`, { method, headers: headersOf(key), body });
  const { data } = (await response.json()) as { data: { reason?: string } };
  return [response.status, data.reason];
};

/** Says how much there is, and sends nothing of it. */
const announce = (key: string, bytes: number): ClientRequest => {
  const { method, path } = LARGE;
  const headers = { ...headersOf(key), 'content-length': bytes };
  const announced = ask(`${bench.url}${path}`, { method, headers, agent: false }).on(
    'error',
    () => undefined,
  );
  announced.flushHeaders();
  return announced;
};
const answerTo = async (announced: ClientRequest): Promise<IncomingMessage> => {
  const [response] = (await once(announced, 'response')) as [IncomingMessage];
  return response;
};

it('reads nothing of whom nobody knows', async () => {
  const crowd = Array.from({ length: 24 }, () => announce('gh_nobody', LARGEST));
  const answers = await Promise.all(crowd.map(answerTo));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401]));
  crowd.forEach((one) => one.destroy());
});

it.each([
  ['deep lists', `{"name":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'REQUEST_TOO_DEEP'],
  ['deep objects', `{"name":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`, 'REQUEST_TOO_DEEP'],
  ['many lists', `{"name":[${'[],'.repeat(60_000)}[]]}`, 'REQUEST_TOO_MANY_ELEMENTS'],
  ['many numbers', `{"name":[${'1,'.repeat(60_000)}1]}`, 'REQUEST_TOO_MANY_ELEMENTS'],
  ['what only looks like it', `{"name":"${'[,\\"{,'.repeat(20_000)}"}`, 'REQUEST_INVALID'],
])('makes nothing of %s', async (_what, body, reason) => {
  expect(await answer(body)).toEqual([400, reason]);
});

it('takes as much as a route may say', async () => {
  const long = (bytes: number): string => `{"name":"${'x'.repeat(bytes)}"}`;
  expect(await answer(long(300_000))).toEqual([413, 'BODY_TOO_LARGE']);
  expect(await answer(long(300_000), LARGE)).toEqual([503, 'PEER_UNAVAILABLE']);
  expect((await answer(long(LARGEST), LARGE))[0]).toBe(413);
  expect((await answer(long(5_000), { path: '/session' }))[0]).toBe(413);
});

it('holds no more at once than there is room for, and has room again', async () => {
  const crowd = Array.from({ length: 6 }, () => announce('gh_one', LARGEST));
  const refused: IncomingMessage[] = [];
  crowd.forEach(
    (one) =>
      void answerTo(one).then(
        (response) => refused.push(response),
        () => undefined,
      ),
  );
  await eventually(async () => expect(refused).toHaveLength(4));
  const told = refused.map(({ statusCode, headers }) => [statusCode, headers['retry-after']]);
  expect(told).toEqual(Array(4).fill([429, '1']));
  expect(await answer('{}', LARGE)).toEqual([429, 'BODIES_TOO_MANY']);
  crowd.forEach((one) => one.destroy());
  await eventually(async () => expect(await answer('{}', LARGE)).toEqual([503, 'PEER_UNAVAILABLE']));
});

it('has room again where clients leave before the turn of their answers has come', async () => {
  const { hostname, port } = new URL(bench.url);
  const head = (bytes: number): string =>
    [
      `${LARGE.method} ${LARGE.path} HTTP/1.1`,
      'host: a',
      'x-portkey-api-key: gh_one',
      `content-length: ${bytes}`,
    ]
      .map((line) => `${line}\r\n`)
      .join('') + '\r\n';
  for (let times = 0; times < 8; times++) {
    const socket = connect(Number(port), hostname);
    socket.end(`${head(2)}{}${head(LARGEST)}`);
    await once(socket.resume(), 'close');
  }
  await eventually(async () => expect(await answer('{}', LARGE)).toEqual([503, 'PEER_UNAVAILABLE']));
});
