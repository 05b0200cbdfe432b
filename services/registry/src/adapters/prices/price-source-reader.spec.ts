import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { readPriceSource } from './price-source-reader';

const BOOK = { prices: { openai: { 'gpt-x': { input: 2.5 } } } };
const loopback = new HostGuard(PrivateHosts.parse('127.0.0.0/8') as PrivateHosts);

describe('a price source', () => {
  let server: Server;
  let asked: string[];
  let answer: RequestListener;
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.json`;
  const read = (hosts = loopback): Promise<unknown> => readPriceSource(url(), hosts);

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  test('is asked over HTTP, once', async () => {
    answer = (_request, response) => void response.end(JSON.stringify(BOOK));
    expect(await read()).toEqual(BOOK);
    expect(asked).toEqual(['GET /data.json']);
  });

  test('is followed nowhere else', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: url() }).end();
    await expect(read()).rejects.toThrow('answered with 302');
    expect(asked).toHaveLength(1);
  });

  test.each<[string, RequestListener, RegExp]>([
    ['fails', (_request, response) => void response.writeHead(500).end('{}'), /answered with 500/],
    ['answers with a page', (_request, response) => void response.end('<html>'), /JSON/],
    [
      'would go on otherwise',
      (_request, { socket }) =>
        void socket?.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'),
      /answered with 101/,
    ],
    [
      'breaks off',
      (_request, response) => void response.write('{"prices"', () => response.destroy()),
      /aborted/,
    ],
  ])('that %s yields nothing', async (_what, listener, message) => {
    answer = listener;
    await expect(read()).rejects.toThrow(message);
  });

  test('is not asked where its host may not be called', async () => {
    await expect(read(new HostGuard(PrivateHosts.none))).rejects.toThrow();
    await expect(readPriceSource('http://169.254.169.254/prices', loopback)).rejects.toThrow();
    expect(asked).toEqual([]);
  });

  test('may be a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-prices-'));
    const file = join(directory, 'prices.json');
    writeFileSync(file, JSON.stringify(BOOK));
    expect(await readPriceSource(file, new HostGuard(PrivateHosts.none))).toEqual(BOOK);
    rmSync(directory, { recursive: true });
    await expect(readPriceSource(file, loopback)).rejects.toThrow('ENOENT');
  });
});
