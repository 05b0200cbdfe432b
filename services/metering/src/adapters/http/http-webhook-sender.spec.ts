import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { HttpWebhookSender } from './http-webhook-sender';

const sender = new HttpWebhookSender(new HostGuard(PrivateHosts.parse('127.0.0.0/8') ?? PrivateHosts.none));
const sockets: Socket[] = [];
let server: Server;
let aborting: AbortController;
/** What becomes of a notification whose receiver answers so, word for word. */
let answer: (socket: Socket) => void;

beforeEach(async () => {
  aborting = new AbortController();
  server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  jest.useRealTimers();
  sockets.splice(0).forEach((socket) => socket.destroy());
  server.close();
});

const send = () => {
  const { port } = server.address() as AddressInfo;
  return sender.send(`http://127.0.0.1:${port}/hook`, {}, '{}', aborting.signal);
};
const failed = (error: string, gone = false) => ({ kind: 'failed', error, gone });

it.each([
  ['204 No Content\r\n\r\n', { kind: 'taken' }],
  ['500 Sorry\r\n\r\n', failed('HTTP 500')],
  ['410 Gone\r\n\r\n', failed('HTTP 410', true)],
  ['302 Found\r\nlocation: http://127.0.0.1/\r\n\r\n', failed('HTTP 302')],
  ['101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n', failed('HTTP 101')],
  ['103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', { kind: 'taken' }],
  ['not HTTP\r\n\r\n', failed('HPE_INVALID_STATUS')],
])('tells what became of it where the answer is %j', async (said, outcome) => {
  answer = (socket) => socket.write(`HTTP/1.1 ${said}`);
  expect(await send()).toEqual(outcome);
  const [socket] = sockets;
  if (socket && !socket.closed) await once(socket, 'close');
});

it('tells so where the connection ends without an answer', async () => {
  answer = (socket) => socket.end();
  expect(await send()).toEqual(failed('ECONNRESET'));
});

it('waits for ten seconds, whatever trickles in', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
  const asked = new Promise<void>((resolve) => {
    answer = (socket) => socket.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 2', () => resolve());
  });
  const outcome = send();
  await asked;
  jest.advanceTimersByTime(10_000);
  expect(await outcome).toEqual(failed('no answer within ten seconds'));
});

it('ends with what aborts it', async () => {
  answer = () => aborting.abort();
  expect(await send()).toMatchObject({ kind: 'failed', gone: false });
  expect(await send()).toMatchObject({ kind: 'failed', gone: false });
  expect(sockets).toHaveLength(1);
});
