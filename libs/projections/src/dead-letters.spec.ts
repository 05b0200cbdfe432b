import { isPoison } from './dead-letters';

const failure = (code?: string): Error => Object.assign(new Error('failed'), code !== undefined && { code });

describe('what makes a message poison', () => {
  it.each([
    ['what the program throws', undefined],
    ['what Node throws', 'ERR_INVALID_ARG_TYPE'],
    ['a number out of range', '22003'],
    ['a zero byte', '22021'],
    ['two of a key', '23505'],
    ['a reference to nothing', '23503'],
    ['a value too long for an index', '54000'],
  ])('%s', (_what, code) => expect(isPoison(failure(code))).toBe(true));

  it.each([
    ['no right', '42501'],
    ['an unknown table', '42P01'],
    ['an unknown column', '42703'],
    ['types that do not match', '42804'],
    ['a syntax error', '42601'],
    ['a missing schema', '3F000'],
    ['NULL where none may be', '23502'],
    ['a row that a CHECK refuses', '23514'],
    ['a sequence at its end', '2200H'],
    ['a plan of a former table', '0A000'],
    ['a transaction that has failed', '25P02'],
    ['a fault of the server', 'XX000'],
    ['a deadlock', '40P01'],
    ['a full disk', '53100'],
    ['a lost connection', 'ECONNRESET'],
  ])('not: %s', (_what, code) => expect(isPoison(failure(code))).toBe(false));
});
