import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request as ask,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { eventually, until } from '@gatehouse/kernel/testing';
import { CONSOLE } from '@gatehouse/topology';
import { SURFACES } from '../../domain/surfaces';
import { ConsoleForwarding, type ForwardingOptions } from './console-forwarding';

const servers: Server[] = [];
const listening = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

let consoleAnswers: RequestListener;
let forwarding: ConsoleForwarding;
let gateway: string;

const gatewayBefore = async (address: string, options: ForwardingOptions = {}): Promise<void> => {
  forwarding = new ConsoleForwarding(address, options);
  gateway = await listening((request, response) => {
    if (!forwarding.take(request, response)) response.writeHead(404).end('not the console’s');
  });
};

beforeEach(async () => gatewayBefore(await listening((...exchange) => consoleAnswers(...exchange))));
afterEach(() => {
  forwarding.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

it('hands on method, URL, key and body, and the answer, but nothing that is a connection’s or a browser’s', async () => {
  let seen: IncomingMessage | undefined;
  let body = '';
  consoleAnswers = async (request, response) => {
    [seen, body] = [request, await readAll(request)];
    response.writeHead(409, { 'x-portkey-request-id': 'one', 'set-cookie': 'a=b' }).end('{"success":false}');
  };
  const headers = { 'x-portkey-api-key': 'gh_key', cookie: 'session=1', 'content-type': 'application/json' };
  const url = `http://${gateway}/v1/integrations/a%20b?c=d`;
  const answer = await fetch(url, { method: 'PUT', headers, body: '{"name":"x"}' });
  expect([
    answer.status,
    answer.headers.get('x-portkey-request-id'),
    answer.headers.get('set-cookie'),
  ]).toEqual([...[409, 'one', null]]);
  expect(await answer.text()).toBe('{"success":false}');
  expect([seen?.method, seen?.url, body]).toEqual(['PUT', '/v1/integrations/a%20b?c=d', '{"name":"x"}']);
  expect(seen?.headers).toMatchObject({ 'x-portkey-api-key': 'gh_key', 'content-type': 'application/json' });
  expect(seen?.headers).not.toHaveProperty('cookie');
});

it.each([
  '/v1/models',
  '/v1/chat/completions',
  '/integrations',
  '/v2/integrations',
  '/v1/integrationsx',
  '/',
])('leaves %s alone', async (path) => {
  consoleAnswers = () => expect('the console').toBe('not asked');
  expect((await fetch(`http://${gateway}${path}`)).status).toBe(404);
});

it('has no path of a surface', () => {
  const begins = Object.values(SURFACES).flatMap(({ paths }) => paths.map((path) => path.split('/')[1]));
  expect(CONSOLE.paths.filter((path) => begins.includes(path))).toEqual([]);
});

it('says that the console is not to be had', async () => {
  await gatewayBefore('127.0.0.1:1');
  const answer = await fetch(`http://${gateway}/v1/integrations`, {
    method: 'POST',
    body: 'x'.repeat(100_000),
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { success: false, data: { errorCode: 'AB04' } },
  ]);
});

it('waits no longer than the deadline', async () => {
  consoleAnswers = () => undefined;
  await gatewayBefore(await listening((...exchange) => consoleAnswers(...exchange)), { deadlineMs: 100 });
  expect((await fetch(`http://${gateway}/v1/integrations`)).status).toBe(503);
});

it('cuts an answer that the console cuts', async () => {
  consoleAnswers = (_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
  };
  const answer = await fetch(`http://${gateway}/v1/integrations`);
  await expect(answer.text()).rejects.toThrow();
});

it('asks no further for a client that has gone before the turn of its answer had come', async () => {
  const asked: string[] = [];
  const ended: string[] = [];
  consoleAnswers = ({ url = '' }, response) => {
    asked.push(url);
    response.once('close', () => ended.push(url));
  };
  const [host, port] = gateway.split(':');
  const socket = connect(Number(port), host);
  const paths = ['/v1/integrations/first', '/v1/integrations/second'];
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  await eventually(() => expect(asked.toSorted()).toEqual(paths));
  socket.destroy();
  await eventually(() => expect(ended.toSorted()).toEqual(paths));
});

it('asks no further for a client that has gone', async () => {
  let [isAsked, hasLeft] = [false, false];
  consoleAnswers = (_request, response) => {
    isAsked = true;
    response.once('close', () => (hasLeft = true));
  };
  const [host, port] = gateway.split(':');
  const asked = ask({ host, port, path: '/v1/integrations' }).on('error', () => undefined);
  asked.end();
  await until(() => isAsked, 'the console to be asked');
  asked.destroy();
  await until(() => hasLeft, 'the console to hear of it');
});

describe('whoever sends what they like', () => {
  const sockets: Socket[] = [];
  const sending = (text: string): Socket => {
    const [host, port] = gateway.split(':');
    const socket = connect(Number(port), host).on('error', () => undefined);
    sockets.push(socket);
    socket.write(text);
    return socket;
  };
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  const OTHERS = 'DELETE /v1/integrations/others HTTP/1.1\r\nhost: x\r\ncookie: session=1\r\n\r\n';
  const CHUNKED = `${OTHERS.length.toString(16)}\r\n${OTHERS}\r\n0\r\n\r\n`;

  it.each(
    ['GET', 'DELETE', 'HEAD', 'OPTIONS', 'POST', 'PUT'].flatMap((method) => [
      [method, 'transfer-encoding: chunked', CHUNKED] as const,
      [method, `content-length: ${OTHERS.length}`, OTHERS] as const,
      [method, `content-length: ${OTHERS.length}\r\nconnection: keep-alive, content-length`, OTHERS] as const,
      [method, 'transfer-encoding: chunked\r\nconnection: transfer-encoding', CHUNKED] as const,
    ]),
  )('speaks for nobody else, by a body of %s with %j', async (method, framing, body) => {
    const seen: (readonly [string | undefined, string])[] = [];
    consoleAnswers = async (request, response) => {
      seen.push([request.url, await readAll(request)]);
      response.end(request.url);
    };
    const first = sending(`${method} /v1/integrations/own HTTP/1.1\r\nhost: g\r\n${framing}\r\n\r\n${body}`);
    await once(first, 'data');
    expect(await (await fetch(`http://${gateway}/v1/integrations/next`)).text()).toBe(
      '/v1/integrations/next',
    );
    expect(seen).toEqual([
      ['/v1/integrations/own', OTHERS],
      ['/v1/integrations/next', ''],
    ]);
  });

  it('holds up nobody by a body that does not come, and is not waited for', async () => {
    await gatewayBefore(await listening((...exchange) => consoleAnswers(...exchange)), {
      bodyDeadlineMs: 300,
    });
    consoleAnswers = (_request, response) => response.end('answered');
    const post = 'POST /v1/integrations HTTP/1.1\r\nhost: g\r\ncontent-length: 9\r\n\r\n{';
    const idle = Array.from({ length: 100 }, () => sending(post));
    expect(await (await fetch(`http://${gateway}/v1/integrations`)).text()).toBe('answered');
    const answers = await Promise.all(idle.map(async (socket) => String((await once(socket, 'data'))[0])));
    expect(new Set(answers.map((answer) => answer.split('\r\n')[0]))).toEqual(
      new Set(['HTTP/1.1 408 Request Timeout']),
    );
  });

  it('is told so where a body is larger than the console takes', async () => {
    consoleAnswers = () => expect('the console').toBe('not asked');
    const body = 'x'.repeat(4 * 1024 * 1024 + 1);
    const answer = await fetch(`http://${gateway}/v1/integrations`, { method: 'POST', body });
    expect([answer.status, await answer.json()]).toEqual([
      413,
      { success: false, data: { message: expect.stringContaining('larger than'), errorCode: 'AB01' } },
    ]);
  });

  it('has room for so much at once, which comes back', async () => {
    const held: ServerResponse[] = [];
    consoleAnswers = (_request, response) => void held.push(response);
    const post = () => fetch(`http://${gateway}/v1/integrations`, { method: 'POST', body: 'x'.repeat(3e6) });
    const asked = [post(), post()];
    await eventually(async () => expect(held).toHaveLength(2));
    const beyond = await post();
    expect([beyond.status, await beyond.json()]).toMatchObject([503, { data: { errorCode: 'AB04' } }]);
    held.splice(0).forEach((response) => response.end('one'));
    for (const answer of asked) expect(await (await answer).text()).toBe('one');
    consoleAnswers = (_request, response) => response.end('again');
    expect(await (await post()).text()).toBe('again');
  });
});

describe('a console over HTTPS', () => {
  const VALIDITY = { from: new Date(Date.now() - 60_000), days: 2 };

  it('is asked over it, and has to show what its authority signed', async () => {
    const authority = await makeAuthority('spec', VALIDITY);
    const stranger = await makeAuthority('another', VALIDITY);
    const own = await makeCertificate(authority, { name: 'console', hosts: ['127.0.0.1'] }, VALIDITY);
    const server = createSecureServer({ cert: own.certificate, key: own.key }, (_request, response) =>
      response.end('over HTTPS'),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await gatewayBefore(address, { ca: Buffer.from(authority.certificate) });
    expect(await (await fetch(`http://${gateway}/v1/integrations`)).text()).toBe('over HTTPS');
    forwarding.close();
    await gatewayBefore(address, { ca: Buffer.from(stranger.certificate) });
    expect((await fetch(`http://${gateway}/v1/integrations`)).status).toBe(503);
  });
});
