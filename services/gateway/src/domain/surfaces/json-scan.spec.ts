import * as fc from 'fast-check';
import { DEPTH_MAX, JsonMalformed, type JsonVisitor, scanJson } from './json-scan';

/** Builds the document again from what the scanner tells. */
class Rebuilder implements JsonVisitor {
  text = '';
  constructor(private readonly bytes: Buffer) {}
  open(_depth: number, isArray: boolean): void {
    this.separate();
    this.text += isArray ? '[' : '{';
  }
  close(_depth: number, isArray: boolean): void {
    this.text += isArray ? ']' : '}';
  }
  key(_depth: number, start: number, end: number): void {
    this.separate();
    this.text += `${this.bytes.toString('utf8', start, end)}:`;
  }
  string(
    _depth: number,
    start: number,
    end: number,
    escaped: boolean,
    decoded: number,
    printed: number,
  ): void {
    this.separate();
    const raw = this.bytes.toString('utf8', start, end);
    this.text += raw;
    expect(escaped).toBe(raw.includes('\\'));
    const value = JSON.parse(raw) as string;
    expect(decoded).toBeGreaterThanOrEqual(Buffer.byteLength(value));
    if (!escaped) expect(decoded).toBe(Buffer.byteLength(value));
    expect(printed).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
    expect(printed).toBeLessThanOrEqual(Buffer.byteLength(raw));
  }
  scalar(_depth: number, start: number, end: number): void {
    this.separate();
    this.text += this.bytes.toString('utf8', start, end);
  }
  private separate(): void {
    if (!/[[{:,]$/.test(this.text) && this.text !== '') this.text += ',';
  }
}

const silent: JsonVisitor = {
  open: () => undefined,
  close: () => undefined,
  key: () => undefined,
  string: () => undefined,
  scalar: () => undefined,
};

const accepts = (bytes: Buffer): boolean => {
  try {
    scanJson(bytes, silent);
    return true;
  } catch (error) {
    if (error instanceof JsonMalformed) return false;
    throw error;
  }
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('scanJson', () => {
  it('tells every token of any document', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false }),
        fc.constantFrom(undefined, 1, '\t'),
        (value, indent) => {
          const bytes = Buffer.from(JSON.stringify(value, undefined, indent));
          const rebuilder = new Rebuilder(bytes);
          scanJson(bytes, rebuilder);
          expect(JSON.parse(rebuilder.text)).toEqual(JSON.parse(bytes.toString('utf8')));
        },
      ),
    );
  });

  it.each([
    ['"a\\u0001"', 9],
    ['"\\n\\\"\\u0022"', 12],
    ['"\\u4e2d\\u0041/"', 7],
    ['"\\ud800"', 8],
  ])('tells how long %s comes out at most where it is printed anew', (json, bytes) => {
    let told = 0;
    scanJson(Buffer.from(json), { ...silent, string: (...heard) => void (told = heard[5]) });
    expect(told).toBe(bytes);
  });

  it('accepts exactly what JSON.parse accepts, also of damaged documents', () => {
    const alphabet = fc.constantFrom(...'{}[]",:\\ \n\t0123456789.-+eEtrufalsn/bu\u0001éx');
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.nat(3), fc.string({ unit: alphabet, maxLength: 4 }))
      .map(([text, at, cut, insert]) => {
        const position = at % (text.length + 1);
        return text.slice(0, position) + insert + text.slice(position + cut);
      });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: alphabet, maxLength: 20 }), damaged), (text) => {
        expect(accepts(Buffer.from(text))).toBe(parses(Buffer.from(text).toString('utf8')));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '+1',
    '[1,]',
    '{"a":1,}',
    '"\u0000"',
    '"\\x"',
    '"\\u12g4"',
    '',
    ' ',
    'nul',
  ])('refuses %j', (text) => expect(accepts(Buffer.from(text))).toBe(false));

  it('finds a control character wherever it stands in a long string, and wherever that lies in memory', () => {
    const text = `"${'aé'.repeat(40)}"`;
    const length = Buffer.byteLength(text);
    for (let offset = 0; offset < 4; offset++) {
      const memory = Buffer.alloc(length + offset);
      const bytes = memory.subarray(offset);
      for (let at = 1; at < length - 1; at++) {
        bytes.write(text);
        bytes[at] = 0x1f;
        expect(() => scanJson(bytes, silent)).toThrow(new JsonMalformed(at));
      }
      bytes.write(text);
      expect(() => scanJson(bytes, silent)).not.toThrow();
    }
  });

  it('searches for the end of a string once, however many escapes it is full of', () => {
    const bytes = Buffer.from(`"${'\\n'.repeat(10_000)}"`);
    const search = jest.spyOn(bytes, 'indexOf');
    scanJson(bytes, silent);
    const forItsEnd = search.mock.calls.filter(([value]) => (value as unknown) === '"'.charCodeAt(0));
    expect(forItsEnd).toHaveLength(1);
  });

  it('refuses what is nested too deeply, without recursion', () => {
    expect(accepts(Buffer.from('['.repeat(DEPTH_MAX) + ']'.repeat(DEPTH_MAX)))).toBe(true);
    expect(accepts(Buffer.alloc(1 << 20, '['))).toBe(false);
  });
});
