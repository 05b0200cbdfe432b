import * as fc from 'fast-check';
import { KnownHeads } from './known-heads';
import { LatestHead } from './latest-head';
import { readRequestHead, type RequestLine } from './request-head';

const headOf = (length: string, before = '', behind = '', path = '/v1/a'): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\n${before}content-length: ${length}\r\n${behind}\r\n`;

describe('the heads of a connection', () => {
  let read = 0;
  const told = ({
    url,
    headers: { 'content-length': _length, ...headers },
  }: RequestLine): string | undefined =>
    url.startsWith('/v1/') ? JSON.stringify({ url, headers }) : undefined;
  const heads = (known = new KnownHeads<string>()) =>
    new LatestHead(known, (line) => {
      read++;
      return told(line);
    });
  const anew = (bytes: Buffer) => {
    const head = readRequestHead(bytes);
    const said = head && told(head);
    return head && said !== undefined ? { said, length: head.length, end: head.end } : undefined;
  };

  beforeEach(() => (read = 0));

  it('are read once where they say the same, whatever is their length', () => {
    const latest = heads();
    for (const length of ['2', '17', '0', '123456', '9']) {
      const bytes = Buffer.from(`${headOf(length, 'x-a: b\r\n', 'x-c: d\r\n')}{}`);
      expect(latest.read(bytes)).toEqual(anew(bytes));
    }
    expect(read).toBe(1);
  });

  it('are not read again where another connection said the same', () => {
    const known = new KnownHeads<string>();
    const [one, other] = [heads(known), heads(known)];
    const bytesOf = (at: number, length: string): Buffer =>
      Buffer.from(headOf(length, `authorization: Bearer ${1_000 + at}\r\n`));
    for (let at = 0; at < 10; at++) one.read(bytesOf(at, '3'));
    other.read(bytesOf(0, '2'));
    read = 0;
    for (let at = 0; at < 10; at++) {
      const bytes = bytesOf(at, '12');
      expect(other.read(bytes)).toEqual(anew(bytes));
      expect(one.read(bytes)).toEqual(anew(bytes));
    }
    expect(read).toBe(0);
  });

  it('are told from those with digits in another place', () => {
    const known = new KnownHeads<string>();
    const [one, other] = [heads(known), heads(known)];
    const line = 'POST /v1/a HTTP/1.1\r\nhost: a\r\n';
    // Beside their digits the two say the same letters.
    const heard = Buffer.from(`${line}content-length: 7\r\nx-content-length: \r\n\r\n`);
    const another = Buffer.from(`${line}content-length: \r\nx-content-length: 7\r\n\r\n`);
    const layout = Buffer.from(`${line}x-more-content: 12\r\ncontent-length: 7\r\n\r\n`);
    one.read(heard);
    expect(another.indexOf('7')).toBe(layout.lastIndexOf('7'));
    other.read(layout);
    expect(other.read(another)).toEqual(anew(another));
  });

  it('are known to their connection alone where they are long', () => {
    const known = new KnownHeads<string>();
    const bytes = Buffer.from(headOf('2', `x-long: ${'a'.repeat(3_000)}\r\n`));
    const [one, other] = [heads(known), heads(known)];
    for (let round = 0; round < 3; round++) one.read(bytes);
    expect(read).toBe(1);
    other.read(Buffer.from(headOf('2', `x-long: ${'b'.repeat(3_000)}\r\n`)));
    other.read(bytes);
    expect(read).toBe(3);
  });

  it('are compared seldom where many were said and nobody said them again', () => {
    const latest = heads(new KnownHeads(100));
    const bytesOf = (at: number): Buffer => Buffer.from(headOf('2', `traceparent: ${1_000 + at}\r\n`));
    // Each twice.
    const readOf = (from: number, to: number): number => {
      read = 0;
      for (let at = 2 * from; at < 2 * to; at++) latest.read(bytesOf(at >> 1));
      return read;
    };
    expect(readOf(0, 100)).toBe(100);
    expect(readOf(100, 300)).toBeGreaterThan(350);
    // Who says the same again is heard to do so.
    for (let at = 0; at < 40; at++) latest.read(bytesOf(9_000));
    read = 0;
    for (let at = 0; at < 40; at++) latest.read(bytesOf(9_000));
    expect(read).toBe(0);
  });

  it('are understood as if there had been none before', () => {
    const length = fc.oneof(
      fc.nat({ max: 1_000_000 }).map(String),
      fc.constantFrom('', '00', '02', '+2', '2 ', ' 2', '2, 2', '0x2', '999999999999999', '9999999999999999'),
    );
    const line = fc.constantFrom(
      '',
      'x-a: b\r\n',
      'x-a: bc\r\n',
      'content-length: 2\r\n',
      'x-a:b\r\n',
      'X-A: b\r\n',
    );
    const head = fc
      .tuple(length, line, line, fc.constantFrom('/v1/a', '/v1/b', '/v2'))
      .map((parts) => headOf(...parts));
    const flipped = fc
      .tuple(head, fc.nat({ max: 80 }), fc.nat({ max: 255 }))
      .map(([text, at, byte]) => text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1));
    const cut = fc.tuple(head, fc.nat({ max: 80 })).map(([text, at]) => text.slice(0, at));
    const one = fc.oneof({ arbitrary: head, weight: 6 }, flipped, cut);
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 6 }), (texts) => {
        const known = new KnownHeads<string>();
        const connections = [heads(known), heads(known), heads(known)];
        for (const text of texts) {
          const bytes = Buffer.from(`${text}{}`, 'latin1');
          for (const latest of connections) expect(latest.read(bytes)).toEqual(anew(bytes));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
