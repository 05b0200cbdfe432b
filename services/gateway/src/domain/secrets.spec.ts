import * as fc from 'fast-check';
import { Secrets } from './secrets';

const CANARY = 'sk-can/ary+0123&456789"abc=';
/** How a character may be written, as serializers of JSON and of URLs do. */
const WRITTEN: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
  (character) => `\\\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  (character) => (/[A-Za-z0-9]/.test(character) ? character : `\\${character}`),
];
/** Who escapes, escapes what is no letter and no digit. */
const escaped = fc
  .tuple(
    ...[...CANARY].map((character) =>
      fc.nat({ max: WRITTEN.length - 1 }).map((way) => [character, way] as const),
    ),
  )
  .map((ways) =>
    ways
      .map(([character, way]) => (/[A-Za-z0-9]/.test(character) ? character : WRITTEN[way]!(character)))
      .join(''),
  );

describe('Secrets', () => {
  it('leaves nothing of a secret in any text around it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        const secrets = new Secrets([secret]);
        const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
        const clean = secrets.redact(Buffer.from(before + forms.join(' ') + after));
        fc.pre(!'[redacted]'.includes(secret));
        expect(secrets.occurIn(clean)).toBe(false);
      }),
    );
  });

  it.each([
    ['sk-can\\/ary+0123&456789\\"abc='],
    ['sk-can/ary\\u002b0123\\u0026456789\\u0022abc\\u003d'],
    ['sk-can/ary\\u002B0123\\u0026456789\\u0022abc='],
    ['sk-can%2Fary%2B0123%26456789%22abc%3D'],
    ['sk-can%2fary%2b0123%26456789%22abc%3d'],
    ['sk-can\\\\/ary+0123&456789\\\\\\"abc='],
  ])('is found as %s', (written) => {
    const clean = new Secrets([CANARY]).redact(Buffer.from(`{"key":"${written}"}`));
    expect(clean.toString()).toBe('{"key":"[redacted]"}');
  });

  it('is found however its characters are written, each another way', () =>
    fc.assert(
      fc.property(escaped, (written) => {
        expect(new Secrets([CANARY]).redact(Buffer.from(`a ${written} b`)).toString()).toBe('a [redacted] b');
      }),
    ));

  it('is found wherever in it the run stands by which it is searched for', () => {
    const key = fc.string({
      unit: fc.constantFrom(...'abcdeXYZ0123456789-/"é'),
      minLength: 20,
      maxLength: 80,
    });
    fc.assert(
      fc.property(key, (secret) => {
        const secrets = new Secrets([secret]);
        const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
        for (const form of forms) {
          expect(secrets.redact(Buffer.from(`{"key":"${form}"}`)).toString()).toBe('{"key":"[redacted]"}');
          expect(secrets.occurInText(`key ${form}`)).toBe(true);
          expect(secrets.occurInText(`key ${secret.slice(1)}`)).toBe(false);
        }
      }),
    );
  });

  it('is found in a stream wherever it is cut, and nothing else is kept from the client', () =>
    fc.assert(
      fc.property(
        escaped,
        fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
        fc.boolean(),
        (written, cuts, ends) => {
          const secrets = new Secrets([CANARY]);
          const bytes = Buffer.from(`data: "sk-can sk- ${written}${ends ? '' : ' s%2'}`);
          const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const told = places
            .slice(1)
            .map((end, index) => secrets.redactNext(bytes.subarray(places[index], end)));
          const text = Buffer.concat([...told, secrets.redactLast()]).toString();
          expect(text).toBe(`data: "sk-can sk- [redacted]${ends ? '' : ' s%2'}`);
        },
      ),
    ));

  it('keeps nothing of a stream back that cannot begin it', () => {
    const secrets = new Secrets([CANARY]);
    const piece = Buffer.from('data: {"choices":[]}\n\n');
    expect(secrets.redactNext(piece)).toBe(piece);
  });

  it('answers the same buffer when there is nothing to hide', () => {
    const bytes = Buffer.from('nothing here');
    expect(new Secrets(['sk-0123456789', '']).redact(bytes)).toBe(bytes);
  });

  it('is found in an answer though it is too short to be redacted there', () => {
    const secrets = new Secrets(['EMPTY', 'sk-0123456789']);
    expect(secrets.shortOccurIn(Buffer.from('your key EMPTY is wrong'))).toBe(true);
    expect(secrets.shortOccurIn(Buffer.from('your key sk-0123456789 is wrong'))).toBe(false);
  });

  it('forgets', () => {
    const secrets = new Secrets(['sk-0123456789']);
    secrets.drop();
    expect(secrets.occurInText('sk-0123456789')).toBe(false);
  });
});
