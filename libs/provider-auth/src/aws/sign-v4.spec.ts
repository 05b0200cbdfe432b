import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hash } from '@smithy/hash-node';
import { getSigningKey } from '@smithy/signature-v4';
import type { AwsKeys, OutgoingRequest } from '../index';
import { signV4 } from './sign-v4';

/** The keys of AWS's documentation. */
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const AT = new Date('2015-08-30T12:36:00Z');
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const requestOf = (method: string, url: string, headers = {}, body = ''): OutgoingRequest => ({
  method,
  url: new URL(url),
  headers,
  body: Buffer.from(body),
});
const signatureIn = (authorization: string | undefined): string =>
  /Signature=([0-9a-f]{64})$/.exec(authorization ?? '')?.[1] ?? '';

describe("AWS's own vectors", () => {
  // The suite that AWS published with its documentation of Signature Version 4, by the names of its cases.
  test.each([
    ['get-vanilla', 'GET', '', {}, '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '?Param2=value2&Param1=value1',
      {},
      '',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-header-value-trim',
      'GET',
      '',
      { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
      '',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
    ['post-vanilla', 'POST', '', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '',
      FORM,
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('%s', async (_name, method, query, headers, body, signature) => {
    const request = requestOf(method, `https://example.amazonaws.com/${query}`, headers, body);
    const signed = await signV4(KEYS, { region: 'us-east-1', service: 'service' }, request, AT);
    expect(signatureIn(signed['authorization'])).toBe(signature);
    expect(signed['x-amz-date']).toBe('20150830T123600Z');
  });

  test('the example of the documentation: ListUsers', async () => {
    const request = requestOf('GET', 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08', {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    });
    const signed = await signV4(KEYS, { region: 'us-east-1', service: 'iam' }, request, AT);
    expect(signed['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });
});

interface Vector {
  readonly name: string;
  readonly at: string;
  readonly method: string;
  readonly url: string;
  readonly region: string;
  readonly service: string;
  readonly keys: AwsKeys;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly authorization: string;
}

const fixture = join(__dirname, '../../fixtures/sigv4/vectors.json');
const { vectors } = JSON.parse(readFileSync(fixture, 'utf8')) as { vectors: readonly Vector[] };

describe('what botocore signs', () => {
  test.each(vectors)('$name', async ({ at, method, url, headers, body, keys, authorization, ...scope }) => {
    const signed = await signV4(keys, scope, requestOf(method, url, headers, body), new Date(at));
    expect(signed).toEqual({
      authorization,
      'x-amz-date': '20150830T123600Z',
      ...(keys.sessionToken ? { 'x-amz-security-token': keys.sessionToken } : {}),
    });
  });
});

describe('a signature', () => {
  const scope = { region: 'eu-central-1', service: 'bedrock' };
  const url = 'https://bedrock-runtime.eu-central-1.amazonaws.com/model/m%3A0/converse';
  const sign = (request: OutgoingRequest, keys: AwsKeys = KEYS, at = AT) => signV4(keys, scope, request, at);

  test('covers method, path, query, host, headers, every byte of the body, and the time', async () => {
    const json = { 'content-type': 'application/json' };
    const base = signatureIn((await sign(requestOf('POST', url, json, '{}')))['authorization']);
    const others = await Promise.all([
      sign(requestOf('PUT', url, json, '{}')),
      sign(requestOf('POST', url.replace('%3A', '%253A'), json, '{}')),
      sign(requestOf('POST', `${url}?a=1`, json, '{}')),
      sign(requestOf('POST', url.replace('runtime', 'other'), json, '{}')),
      sign(requestOf('POST', url, { 'content-type': 'text/plain' }, '{}')),
      sign(requestOf('POST', url, json, '{} ')),
      sign(requestOf('POST', url, json, '{}'), KEYS, new Date(AT.getTime() + 1_000)),
    ]);
    const signatures = [base, ...others.map(({ authorization }) => signatureIn(authorization))];
    expect(new Set(signatures).size).toBe(8);
    expect(signatures).not.toContain('');
  });

  test('does not cover what connections change, and replaces what was there before', async () => {
    const plain = await sign(requestOf('POST', url));
    const noisy = { 'user-agent': 'x', connection: 'close', authorization: 'Bearer old', 'x-amz-date': '1' };
    expect(await sign(requestOf('POST', url, noisy))).toEqual(plain);
  });

  test('leaves no signing key behind in the signer', async () => {
    const keys = { ...KEYS, sessionToken: 'session-canary' };
    await Promise.all(Array.from({ length: 5 }, () => sign(requestOf('POST', url), keys)));
    let digests = 0;
    class CountedHash extends Hash {
      constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
        super('sha256', secret as never);
        digests++;
      }
    }
    const { service, region } = scope;
    await getSigningKey(CountedHash as never, keys, '20150830', region, service);
    // One digest looks a key up, four more derive it.
    expect(digests).toBe(5);
  });

  test.each([
    ['region', { ...scope, region: 'eu-central-1.evil.example' }, KEYS],
    ['region', { ...scope, region: '' }, KEYS],
    ['accessKeyId', scope, { ...KEYS, accessKeyId: 'AK/ID' }],
    ['secretAccessKey', scope, { ...KEYS, secretAccessKey: 'pasted\n' }],
    ['secretAccessKey', scope, { ...KEYS, secretAccessKey: '' }],
    ['sessionToken', scope, { ...KEYS, sessionToken: 'a\r\nb: c' }],
  ])('is not made of a malformed %s', async (field, at, keys) => {
    await expect(signV4(keys, at, requestOf('POST', url), AT)).rejects.toMatchObject({
      code: 'INVALID',
      reason: 'PROVIDER_CREDENTIAL_MALFORMED',
      metadata: { field },
    });
  });
});
