import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, until } from '@gatehouse/kernel/testing';
import { meteringV1 } from '@gatehouse/proto-gen';
import { chunkOf, plainAnswer, type Script, USAGE } from './testing/fake-provider';
import { API_KEY, GatewayFixture, MODEL } from './testing/gateway-fixture';

const DEADLINE_MS = 2_500;
/** In which a machine that is busy takes all of an answer. */
const LONG_MS = 30_000;
const BODIES_MAX = 4 * 1024 * 1024;
/** Two of them are more than one key may have. */
const PROMPT = 'x'.repeat(600_000);
/** More than kernels keep of a connection. */
const ANSWER_BYTES = 24 * 1024 * 1024;
const WHOLE = '"finish_reason":"stop"';

const large: Script = (_call, response) => {
  const message = { role: 'assistant', content: 'y'.repeat(ANSWER_BYTES) };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ id: 'c', usage: USAGE, choices: [{ index: 0, message, finish_reason: 'stop' }] }),
  );
};
/** As fast as it is read, and without an end. */
const endless: Script = (_call, response) => {
  const more = (): void => {
    while (!response.destroyed && response.write(chunkOf('z'.repeat(10_000))));
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' }).on('drain', more);
  more();
};

describe.each([
  ['as it is read here', (body: string) => `content-length: ${body.length}\r\n\r\n${body}`],
  [
    'as Node reads it',
    (body: string) => `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ],
])('a client that does not read its answer, with a request %s', (_how, framed) => {
  const gateway = new GatewayFixture();
  const { provider, bus } = gateway;
  let socket: Socket;

  const within = (ms: number): NodeJS.ProcessEnv => ({
    GATEHOUSE_REQUEST_DEADLINE_MS: String(ms),
    GATEHOUSE_HEAD_DEADLINE_MS: String(ms),
    GATEHOUSE_BODIES_BYTES_MAX: String(BODIES_MAX),
  });

  beforeAll(() => gateway.start(within(DEADLINE_MS)));
  afterEach(() => socket.destroy());
  afterAll(() => gateway.stop());

  const bodyOf = (stream: boolean): string =>
    JSON.stringify({ model: MODEL, stream, max_tokens: 10, messages: [{ role: 'user', content: PROMPT }] });
  /** Asks, and reads nothing: answers, once the call was charged, when it was asked. */
  const ask = async (script: Script, stream = false): Promise<number> => {
    const { length } = bus.records;
    const askedAt = performance.now();
    provider.script = script;
    socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined).pause();
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${API_KEY}\r\n`);
    socket.write(framed(bodyOf(stream)));
    await until(() => bus.records.length > length, 'the call to be charged');
    return askedAt;
  };
  /** A machine that is busy may not have all of it in the time of a call: it is asked for again. */
  const askLarge = (): Promise<number> =>
    eventually(async () => {
      const askedAt = await ask(large);
      const { outcome } = bus.records.at(-1) ?? {};
      if (outcome !== meteringV1.UsageOutcome.COMPLETED) socket.destroy();
      expect(outcome).toBe(meteringV1.UsageOutcome.COMPLETED);
      return askedAt;
    });
  const statusOfAnother = async (): Promise<number> => {
    const { length } = bus.records;
    provider.script = plainAnswer();
    const answer = await gateway.chat(bodyOf(false));
    await answer.text();
    await until(() => bus.records.length > length, 'the other call to be charged');
    return answer.status;
  };
  /** It is told by a reset, to who goes on writing: what he wrote is never more than may be sent ahead. */
  const closed = async (): Promise<number> => {
    await until(() => {
      socket.write('\r\n');
      return socket.destroyed;
    }, 'the connection to be closed');
    return performance.now();
  };

  it('has room for another body at once, and is closed when it has not taken all in the time of a call', async () => {
    const askedAt = await askLarge();
    expect(await statusOfAnother()).toBe(200);
    expect((await closed()) - askedAt).toBeGreaterThanOrEqual(DEADLINE_MS);
  });

  it('is cut with its stream when its call has taken too long, and closed as long after', async () => {
    const askedAt = await ask(endless, true);
    await until(() => provider.calls.at(-1)?.left === true, 'the provider to be left');
    expect(await statusOfAnother()).toBe(200);
    expect((await closed()) - askedAt).toBeGreaterThanOrEqual(2 * DEADLINE_MS);
  });

  it('has all of it where it begins to read in that time', async () => {
    await gateway.stopGateway();
    await gateway.startGateway(within(LONG_MS));
    await askLarge();
    await sleep(DEADLINE_MS / 4);
    let bytes = 0;
    let end = '';
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length;
      end = piece.toString('latin1');
    });
    socket.resume();
    await until(() => bytes > ANSWER_BYTES && end.includes(WHOLE), 'the answer to be whole');
    expect(socket.destroyed).toBe(false);
  });
});
