import type { ProviderCredential } from '../index';
import { AuthenticatorUnderTest, holder, NOW, request } from '../testing/authenticator-under-test';
import { signV4 } from './sign-v4';

const source = { accessKeyId: 'AKIASOURCE0000000000', secretAccessKey: 'source/secret+key' };
const role = {
  kind: 'aws-assumed-role',
  roleArn: 'arn:aws:iam::123456789012:role/team/gate',
  externalId: 'gatehouse-3f9a',
  source,
  region: 'eu-central-1',
  service: 'bedrock',
} as const satisfies ProviderCredential;
const temporary = {
  accessKeyId: 'ASIATEMPORARY0000000',
  secretAccessKey: 'temporary/secret+key',
  sessionToken: 'IQoJ//session+token==',
};

const credentialsXml = (expiration = '2026-03-03T13:00:00Z', token: string = temporary.sessionToken) => `
      <Credentials>
        <AccessKeyId>${temporary.accessKeyId}</AccessKeyId>
        <SecretAccessKey>${temporary.secretAccessKey}</SecretAccessKey>
        <SessionToken>${token}</SessionToken>
        <Expiration>${expiration}</Expiration>
      </Credentials>`;
/** As STS's reference shows it. */
const answerXml = (
  credentials = credentialsXml(),
) => `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <AssumeRoleResult>
      <SourceIdentity>x</SourceIdentity>
      <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/x</Arn></AssumedRoleUser>${credentials}
    </AssumeRoleResult>
    <ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>
  </AssumeRoleResponse>`;
const errorXml = (code: string) => `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <Error><Type>Sender</Type><Code>${code}</Code><Message>no: ${source.secretAccessKey}</Message></Error>
    <RequestId>1</RequestId>
  </ErrorResponse>`;

let bench: AuthenticatorUnderTest;
beforeEach(async () => {
  bench = await AuthenticatorUnderTest.start();
});
afterEach(() => bench.stop());

describe('a role that is assumed', () => {
  test('is asked for at the STS of its region, with its external id and a name that tells the integration', async () => {
    bench.issuer.answer = () => ({ status: 200, body: answerXml() });
    await bench.headersFor(role);
    const { method, path, headers, form, body } = bench.issuer.last;
    expect([method, path, headers.host]).toEqual(['POST', '/', 'sts.eu-central-1.amazonaws.com']);
    expect(form).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: role.roleArn,
      RoleSessionName: 'gatehouse-int_a',
      ExternalId: 'gatehouse-3f9a',
    });
    const sent = {
      method: 'POST',
      url: new URL('https://sts.eu-central-1.amazonaws.com/'),
      headers: { 'content-type': headers['content-type'] ?? '' },
      body: Buffer.from(body),
    };
    const signed = await signV4(source, { region: 'eu-central-1', service: 'sts' }, sent, NOW);
    expect(headers).toMatchObject(signed);
  });

  test("signs with the role's keys, for the provider's service", async () => {
    bench.issuer.answer = () => ({ status: 200, body: answerXml() });
    const scope = { region: 'eu-central-1', service: 'bedrock' };
    expect(await bench.headersFor(role)).toEqual(await signV4(temporary, scope, request, NOW));
  });

  test('of China has its STS there', async () => {
    bench.issuer.answer = () => ({ status: 200, body: answerXml() });
    const roleArn = 'arn:aws-cn:iam::123456789012:role/gate';
    await bench.headersFor({ ...role, roleArn, region: 'cn-north-1' });
    expect(bench.issuer.last.headers.host).toBe('sts.cn-north-1.amazonaws.com.cn');
  });

  test("is kept until shortly before STS's expiry", async () => {
    bench.issuer.answer = () => ({ status: 200, body: answerXml() });
    await bench.headersFor(role);
    bench.clock.advance(3_480_000 - 1);
    await bench.headersFor(role);
    expect(bench.issuer.asked).toHaveLength(1);
    bench.clock.advance(1);
    await bench.headersFor(role);
    expect(bench.issuer.asked).toHaveLength(2);
  });

  test('is assumed anew after its keys were refused', async () => {
    const tokens = ['first', 'second', 'third'];
    const answer = () => answerXml(credentialsXml(undefined, tokens.shift()));
    bench.issuer.answer = () => ({ status: 200, body: answer() });
    const refused = await bench.headersFor(role);
    expect(refused['x-amz-security-token']).toBe('first');
    for (let told = 0; told < 2; told++) {
      bench.authenticator.forget(holder, role, refused);
      expect((await bench.headersFor(role))['x-amz-security-token']).toBe('second');
    }
  });

  test('is assumed by the gateway itself where the operator lists the organization for that', async () => {
    bench.issuer.answer = () => ({ status: 200, body: answerXml() });
    const byGateway = { ...role, source: 'gateway-role' } as const;
    await bench.headersFor(byGateway);
    expect(bench.issuer.last.headers['authorization']).toContain('Credential=AKIAGATEWAY000000000/');
    const other = { ...holder, organizationId: 'org_b' };
    await expect(bench.headersFor(byGateway, other)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      reason: 'AMBIENT_IDENTITY_NOT_ALLOWED',
    });
    expect(bench.issuer.asked).toHaveLength(1);
  });

  test.each([
    ['roleArn', { roleArn: 'arn:aws:iam::1:role/x' }],
    ['roleArn', { roleArn: 'arn:aws:iam::123456789012:user/x' }],
    ['roleArn', { roleArn: `${role.roleArn}\n` }],
    ['externalId', { externalId: '' }],
    ['externalId', { externalId: 'a b' }],
    ['region', { region: 'eu-central-1.evil.example/' }],
    ['accessKeyId', { source: { ...source, accessKeyId: '' } }],
  ])('asks nobody with a malformed %s', async (field, change) => {
    await expect(bench.headersFor({ ...role, ...change })).rejects.toMatchObject({
      code: 'INVALID',
      metadata: { field },
    });
    expect(bench.issuer.asked).toEqual([]);
  });
});

describe('what STS answers', () => {
  const REJECTED = { code: 'REFUSED', reason: 'PROVIDER_CREDENTIAL_REJECTED' };
  const UNAVAILABLE = { code: 'UNAVAILABLE', reason: 'TOKEN_ISSUER_UNAVAILABLE' };
  const UNUSABLE = { code: 'UNAVAILABLE', reason: 'TOKEN_ISSUER_ANSWER_UNUSABLE' };

  test.each([
    [403, errorXml('AccessDenied'), REJECTED, 'AccessDenied'],
    [403, errorXml('InvalidClientTokenId'), REJECTED, 'InvalidClientTokenId'],
    [403, errorXml('SignatureDoesNotMatch'), REJECTED, 'SignatureDoesNotMatch'],
    [403, errorXml(source.secretAccessKey), REJECTED, undefined],
    [400, errorXml('ValidationError'), REJECTED, 'ValidationError'],
    [400, errorXml('Throttling'), UNAVAILABLE, 'Throttling'],
    [400, 'no XML', REJECTED, undefined],
    [500, errorXml('InternalFailure'), UNAVAILABLE, undefined],
    [302, '', UNUSABLE, undefined],
    [200, '', UNUSABLE, undefined],
    [200, answerXml(''), UNUSABLE, undefined],
    [200, answerXml(credentialsXml('soon')), UNUSABLE, undefined],
    [200, answerXml(credentialsXml(undefined, 'a&amp;b')), UNUSABLE, undefined],
    [200, answerXml(credentialsXml(undefined, '<![CDATA[a]]>')), UNUSABLE, undefined],
    [200, `<Other>${credentialsXml().replaceAll('Credentials', 'X')}</Other>`, UNUSABLE, undefined],
  ])('%d %s', async (status, body, expected, issuerCode) => {
    bench.issuer.answer = () => ({ status, body });
    await expect(bench.headersFor(role)).rejects.toMatchObject({
      ...expected,
      metadata: { issuer: 'aws-sts', ...(issuerCode ? { issuerCode } : {}) },
    });
  });
});
