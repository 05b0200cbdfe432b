import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { until } from '@gatehouse/kernel/testing';
import { HttpClientAnswer } from './http-client-answer';
import { SocketAnswer } from './socket-answer';

const HEADERS = { requestId: 'req_1', requestIdHeader: 'x-request-id', others: { 'x-always': 'yes' } };
const LARGE = Buffer.from('é'.repeat(50_000));

/** What a client reads off its connection, byte for byte, until the server closes it. */
const heardBy = async (request: string, answer: (client: HttpClientAnswer) => void): Promise<string> => {
  const server = createServer((_request, response: ServerResponse) =>
    answer(new HttpClientAnswer(response, HEADERS)),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(request);
    await once(socket, 'close');
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    server.close();
  }
};

const bodyOf = (heard: string): string => heard.slice(heard.indexOf('\r\n\r\n') + 4);
const asked = (version: string, method = 'POST'): string =>
  `${method} / HTTP/${version}\r\nhost: here\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

const stream = (client: HttpClientAnswer): void => {
  client.start(200, { 'content-type': 'text/event-stream' });
  for (const piece of [Buffer.from('data: ü\n\n'), Buffer.alloc(0), LARGE]) client.write(piece);
  client.end(Buffer.from('data: [DONE]\n\n'));
};

describe('the answer to a client', () => {
  it('frames what comes in pieces, small and large, and leaves out what is empty', async () => {
    const heard = await heardBy(asked('1.1'), stream);
    expect(heard).toMatch(/\r\ntransfer-encoding: chunked\r\n/i);
    expect(bodyOf(heard)).toBe(
      `a\r\ndata: ü\n\n\r\n${LARGE.length.toString(16)}\r\n${LARGE.toString()}\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n`,
    );
  });

  it('frames nothing for who does not know chunks', async () => {
    const heard = await heardBy(asked('1.0'), stream);
    expect(heard).not.toMatch(/transfer-encoding/i);
    expect(bodyOf(heard)).toBe(`data: ü\n\n${LARGE.toString()}data: [DONE]\n\n`);
  });

  it('ends a stream of which nothing came', async () => {
    const heard = await heardBy(asked('1.1'), (client) => {
      client.start(200, {});
      client.end();
    });
    expect(bodyOf(heard)).toBe('0\r\n\r\n');
  });

  it.each([Buffer.from('{"a":"ü"}'), LARGE])('gives a whole body as its bytes are', async (body) => {
    const heard = await heardBy(asked('1.1'), (client) => {
      client.start(200, { 'content-length': String(body.length) });
      client.end(body);
    });
    expect(bodyOf(heard)).toBe(body.toString());
    expect(heard).toMatch(/\r\nx-always: yes\r\n/);
  });

  it('hears that its client has left also before its turn has come, whether it has ended by then or not', async () => {
    const heard: string[] = [];
    let requests = 0;
    const server = createServer((request, response) => {
      requests++;
      const client = new HttpClientAnswer(response, HEADERS);
      client.onLeft = () => heard.push(`${request.url} left`);
      client.onOver = () => heard.push(`${request.url} over`);
      if (request.url !== '/ended') return;
      client.start(200, {});
      client.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      const paths = ['/first', '/second', '/ended'];
      socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: here\r\n\r\n`).join(''));
      await until(() => requests === paths.length, 'all to be asked');
      socket.destroy();
      const all = ['/ended over', '/first left', '/first over', '/second left', '/second over'];
      await until(
        () => heard.length === all.length,
        () => heard.join(),
      );
      expect(heard.toSorted()).toEqual(all);
    } finally {
      server.close();
    }
  });

  it('keeps nothing of who made it once it has ended', async () => {
    const kept: unknown[] = [];
    await heardBy(asked('1.1'), (client) => {
      client.onLeft = client.onDrain = () => undefined;
      client.onEnded = () => kept.push('ended');
      stream(client);
      kept.push(client.onLeft, client.onDrain);
    });
    expect(kept).toEqual(['ended', undefined, undefined]);
  });

  it('is over when it is ended behind another that its client has left', async () => {
    const over: string[] = [];
    const clients: HttpClientAnswer[] = [];
    const server = createServer((request, response) => {
      const client = new HttpClientAnswer(response, HEADERS);
      client.onOver = () => over.push(request.url ?? '');
      clients.push(client);
      if (clients.length === 2) socket.destroy();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(
      asked('1.1').replace('/', '/1').replace('connection: close\r\n', '') + asked('1.1').replace('/', '/2'),
    );
    await until(() => over.length > 0, 'the first to be over');
    const [, second] = clients;
    second?.start(200, {});
    second?.end();
    second?.destroy();
    server.close();
    expect(over).toEqual(['/1', '/2']);
  });

  // What holds back is charged in full when its client leaves, for the provider wrote meanwhile.
  it('is held back by nobody who has left, told or not', async () => {
    const answered: [boolean, boolean][] = [];
    await heardBy(asked('1.1'), (client) => {
      client.start(200, {});
      client.destroy();
      answered.push([client.left, client.write(LARGE)]);
    });
    const socket = new Socket();
    const client = new SocketAnswer({ socket, headLines: () => '', answered: () => undefined }, HEADERS);
    client.start(200, {});
    client.destroy();
    answered.push([client.left, client.write(LARGE)]);
    expect(answered).toEqual([
      [false, true],
      [false, true],
    ]);
  });
});
