import { AppError } from '@gatehouse/kernel';
import { TrustedProxies } from '@gatehouse/hosts';
import { type BrowserRequest, csrfOf, OwnPage } from './own-page';

const ownPage = new OwnPage(TrustedProxies.none);

const TOKEN = 'ghs_token';
const HERE = { host: '127.0.0.1:8788' };

const requestOf = (
  method: string,
  headers: Record<string, string> = {},
  encrypted = false,
): BrowserRequest => ({ method, headers: { ...HERE, ...headers }, socket: { encrypted } as never });

const refusalOf = (demand: () => void): string => {
  try {
    demand();
    return 'let through';
  } catch (error) {
    return (error as AppError).reason;
  }
};

it.each([
  ['127.0.0.1:8788', false, true],
  ['localhost', false, true],
  ['[::1]:8788', false, true],
  ['gatehouse.example', false, false],
  ['127.0.0.1.evil.example', false, false],
  ['localhost.evil.example:8788', false, false],
  ['', false, false],
  ['gatehouse.example', true, true],
])('a session may go to %s, encrypted %p: %p', (host, encrypted, secure) => {
  expect(ownPage.isSecure(requestOf('GET', { host }, encrypted))).toBe(secure);
});

describe.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s', (method) => {
  it.each<[string, Record<string, string>, boolean, string]>([
    ['its own origin', { origin: 'http://127.0.0.1:8788' }, false, 'let through'],
    ['its own, encrypted', { host: 'g.example', origin: 'https://g.example' }, true, 'let through'],
    ['its own, as the browser says', { 'sec-fetch-site': 'same-origin' }, false, 'let through'],
    ['nowhere', {}, false, 'OTHER_ORIGIN'],
    ['another origin', { origin: 'https://evil.example' }, false, 'OTHER_ORIGIN'],
    ['another port', { origin: 'http://127.0.0.1:8787' }, false, 'OTHER_ORIGIN'],
    ['another scheme', { origin: 'https://127.0.0.1:8788' }, false, 'OTHER_ORIGIN'],
    ['no origin at all', { origin: 'null' }, false, 'OTHER_ORIGIN'],
    ['another site', { 'sec-fetch-site': 'cross-site' }, false, 'OTHER_ORIGIN'],
    ['the same site', { 'sec-fetch-site': 'same-site' }, false, 'OTHER_ORIGIN'],
    ['an address that was typed', { 'sec-fetch-site': 'none' }, false, 'OTHER_ORIGIN'],
    [
      'another site, whatever origin it has',
      { 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1:8788' },
      false,
      'OTHER_ORIGIN',
    ],
  ])('from %s', (_from, headers, encrypted, outcome) => {
    expect(refusalOf(() => ownPage.demandOwnOrigin(requestOf(method, headers, encrypted)))).toBe(outcome);
  });

  it.each([
    [csrfOf(TOKEN), 'let through'],
    [csrfOf('ghs_other'), 'CSRF_TOKEN_MISSING'],
    [csrfOf(TOKEN).slice(1), 'CSRF_TOKEN_MISSING'],
    [TOKEN, 'CSRF_TOKEN_MISSING'],
    ['', 'CSRF_TOKEN_MISSING'],
  ])('needs what only its page knows: %s', (csrf, outcome) => {
    const request = requestOf(method, { 'sec-fetch-site': 'same-origin', 'x-gatehouse-csrf': csrf });
    expect(refusalOf(() => ownPage.demandOwnPage(request, TOKEN))).toBe(outcome);
  });
});

it.each<[Record<string, string>, string]>([
  [{}, 'let through'],
  [{ 'sec-fetch-site': 'none' }, 'let through'],
  [{ 'sec-fetch-site': 'same-origin' }, 'let through'],
  [{ 'sec-fetch-site': 'cross-site' }, 'OTHER_ORIGIN'],
  [{ origin: 'https://evil.example' }, 'OTHER_ORIGIN'],
])('reading %p', (headers, outcome) => {
  expect(refusalOf(() => ownPage.demandOwnPage(requestOf('GET', headers), TOKEN))).toBe(outcome);
});

describe('behind proxies', () => {
  const behind = new OwnPage(TrustedProxies.parse('10.0.0.0/24, fd00::1') ?? TrustedProxies.none);
  const from = (remoteAddress: string, headers: Record<string, string>): BrowserRequest => ({
    ...{ method: 'POST', headers: { host: 'gatehouse.example', ...headers } },
    socket: { remoteAddress } as never,
  });

  it.each([
    ['10.0.0.7', 'https', true],
    ['::ffff:10.0.0.7', 'https', true],
    ['fd00::1', 'https', true],
    ['10.0.0.7', 'http', false],
    ['10.0.0.7', '', false],
    // The proxy's own word is the last.
    ['10.0.0.7', 'http, https', true],
    ['10.0.0.7', 'https, http', false],
    // Of anybody else it is nobody's.
    ['10.0.1.7', 'https', false],
    ['fd00::2', 'https', false],
  ])('a session may go by %s, which says %p: %p', (address, said, secure) => {
    const request = from(address, { 'x-forwarded-proto': said, origin: 'https://gatehouse.example' });
    expect(behind.isSecure(request)).toBe(secure);
    const outcome = secure ? 'let through' : 'OTHER_ORIGIN';
    expect(refusalOf(() => behind.demandOwnOrigin(request))).toBe(outcome);
  });

  it.each([
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['10.0.0.7', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.7', '203.0.113.9, 198.51.100.1, 10.0.0.8', '198.51.100.1'],
    ['10.0.0.7', '', '10.0.0.7'],
  ])('what comes from %s for %p is of %s', (address, said, of) => {
    expect(behind.addressOf(from(address, { 'x-forwarded-for': said }))).toBe(of);
  });
});
