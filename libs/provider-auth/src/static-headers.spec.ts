import { bearer, customHeaders, keyInHeader } from './static-headers';

const MALFORMED = { code: 'INVALID', reason: 'PROVIDER_CREDENTIAL_MALFORMED' };
const refusalOf = (make: () => unknown): unknown => {
  try {
    return make();
  } catch (error) {
    return error;
  }
};

describe('a key', () => {
  test.each(['', ' ', 'a b', 'a\n', 'a\r\nx-admin: 1', 'ключ', 'a\0'])('%j is none', (key) => {
    for (const make of [() => bearer(key), () => keyInHeader('x-api-key', key)]) {
      expect(refusalOf(make)).toMatchObject({ ...MALFORMED, metadata: { field: 'key' } });
    }
  });

  test('of any printable characters is one', () => {
    expect(bearer('sk-~!@#$%^&*()_+=/')).toEqual({ authorization: 'Bearer sk-~!@#$%^&*()_+=/' });
    expect(keyInHeader('X-API-Key', 'k')).toEqual({ 'x-api-key': 'k' });
    expect(keyInHeader('Authorization', 'k', 'Token')).toEqual({ authorization: 'Token k' });
  });
});

describe('headers of an admin', () => {
  test('are sent under lower-case names', () => {
    const given = { 'CF-Access-Client-Id': 'id.access', Authorization: 'Basic YTpi', 'X-Empty': 'a b "c"' };
    expect(customHeaders(given)).toEqual({
      'cf-access-client-id': 'id.access',
      authorization: 'Basic YTpi',
      'x-empty': 'a b "c"',
    });
    expect(customHeaders({})).toEqual({});
  });

  test.each([
    'Host',
    'Content-Length',
    'content-type',
    'Transfer-Encoding',
    'Connection',
    'Proxy-Authorization',
    'Metadata',
    'Metadata-Flavor',
    'X-aws-ec2-metadata-token',
    'X-Gatehouse-Api-Key',
    'a b',
    'a:b',
    'a\r\nb',
    '',
    'ü',
    '__proto__',
  ])('may not name %j', (name) => {
    const given = Object.fromEntries([[name, 'x']]);
    expect(refusalOf(() => customHeaders(given))).toMatchObject({
      ...MALFORMED,
      metadata: { field: 'headers' },
    });
    expect(refusalOf(() => keyInHeader(name, 'x'))).toMatchObject(MALFORMED);
  });

  test.each(['', ' x', 'x ', 'x\ny: z', 'x\r', 'x\0y', 'ü'])('may not say %j', (value) => {
    expect(refusalOf(() => customHeaders({ 'x-a': value }))).toMatchObject(MALFORMED);
  });

  test('may not say one thing twice', () => {
    expect(refusalOf(() => customHeaders({ 'x-a': '1', 'X-A': '2' }))).toMatchObject(MALFORMED);
  });
});
