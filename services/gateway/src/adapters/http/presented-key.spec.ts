import { hashApiKey, Peppers } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import type { Configuration, Key } from '../../domain/configuration';
import { HttpSettings } from './http-settings';
import { authenticate, presentedIn } from './presented-key';

const pepper = Buffer.alloc(32, 7);
const settings = new HttpSettings({
  peppers: new Peppers([Buffer.alloc(32, 9), pepper]),
  bodyBytesMax: 1,
  bodyDeadlineMs: 1,
  bodiesBytesMax: 4,
  gatewayId: '00',
  waitMs: 0,
  forwardHeaders: [],
});
const key = keyNamed(pepper, 'ours');
const old = key.slice(0, -13);
const known = { scopes: new Set<string>() } as Partial<Key> as Key;
const at = new Date('2026-03-03T12:00:00Z');

describe('a presented key', () => {
  const keyOf = jest.fn((hash: string) =>
    [key, old].some((one) => hashApiKey(pepper, one).toString('hex') === hash) ? known : undefined,
  );
  const present = (presented: string) => presentIn({ authorization: `Bearer ${presented}` });
  const presentIn = (headers: Record<string, string>) =>
    authenticate(
      presentedIn(headers, settings),
      { keyOf, workspaceOf: () => undefined } as Partial<Configuration> as Configuration,
      at,
    );

  afterEach(() => keyOf.mockClear());

  it.each([
    ['with its check value', key],
    ['of the older form', old],
  ])('%s is known', (_what, presented) => {
    expect(present(presented).key).toBe(known);
  });

  it.each([
    [{ 'x-gatehouse-api-key': '', authorization: `Bearer ${key}` }],
    [{ 'x-gatehouse-api-key': '', 'x-portkey-api-key': '', 'x-api-key': key }],
    [{ 'x-portkey-api-key': '', 'x-api-key': '', 'api-key': key }],
  ])('is the first that is not empty: %j', (headers) => {
    expect(presentIn(headers).key).toBe(known);
  });

  it.each([
    ['with another check value', keyNamed(Buffer.alloc(32, 8), 'ours')],
    ['of no form of ours', 'sk-anything'],
  ])('%s is refused without a look', (_what, presented) => {
    expect(() => present(presented)).toThrow('missing or not valid');
    expect(keyOf).not.toHaveBeenCalled();
  });
});
