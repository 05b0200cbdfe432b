import * as fc from 'fast-check';
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
  const heads = () =>
    new LatestHead((line) => {
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

  it('are not compared any more where they never say the same', () => {
    const latest = heads();
    for (let at = 0; at < 40; at++) {
      const bytes = Buffer.from(headOf('2', `traceparent: ${at >> 1}\r\n`));
      expect(latest.read(bytes)).toEqual(anew(bytes));
    }
    expect(read).toBeGreaterThan(30);
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
        const latest = heads();
        for (const text of texts) {
          const bytes = Buffer.from(`${text}{}`, 'latin1');
          expect(latest.read(bytes)).toEqual(anew(bytes));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
