import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import {
  asked,
  issueRequest,
  PEPPER,
  ProvisioningBench,
  refusalOf,
  type Tenant,
} from './testing/provisioning-bench';

const { ApiKeyRole, OrganizationRole } = provisioningV1;
const AUDIENCE = 'gatehouse';
const UNKNOWN = 'UNAUTHENTICATED CREDENTIALS_UNKNOWN';
const nonceOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

describe('people sign in by ID tokens', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let server: Server;
  let issuer = '';
  let ours: CryptoKey;
  let others: CryptoKey;

  interface Told {
    readonly claims?: Record<string, unknown>;
    readonly header?: Record<string, unknown>;
    readonly by?: CryptoKey | Uint8Array;
  }
  const token = ({ claims = {}, header = {}, by = ours }: Told = {}, nonceSecret = '') => {
    const said = {
      ...{ iss: issuer, aud: AUDIENCE, sub: 'ann', nonce: nonceOf(nonceSecret) },
      ...{ email: 'Ann@mail.example', email_verified: true, groups: ['everybody', 'admins'], ...claims },
    };
    const jwt = new SignJWT(said).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header });
    return ('iat' in claims ? jwt : jwt.setIssuedAt()).setExpirationTime('1h').sign(by);
  };
  const present = (text: string, nonceSecret: string) =>
    bench.withKey(text).sessions.createSession(asked({ nonceSecret }));
  const signIn = async (told: Told = {}) => {
    const nonceSecret = randomBytes(32).toString('base64url');
    return present(await token(told, nonceSecret), nonceSecret);
  };
  const whoIs = (session: string) => bench.withKey(session).sessions.getSession({ use: true });

  beforeAll(async () => {
    const [pair, other] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    [ours, others] = [pair.privateKey, other.privateKey];
    const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
    server = createServer(({ url }, response) => {
      const body = url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
    await bench.stop();
    await bench.start([PEPPER], {
      ...{ GATEHOUSE_OIDC_ISSUER: issuer, GATEHOUSE_OIDC_AUDIENCE: AUDIENCE },
      GATEHOUSE_OIDC_ROLES: 'admins=admin,owners=owner,auditors=auditor',
      ...{ GATEHOUSE_OIDC_ORGANIZATION: acme.organizationId, GATEHOUSE_PRIVATE_HOSTS: '127.0.0.1' },
    });
    const owner = await bench
      .as('operator')
      .keys.issueApiKey(
        issueRequest({ organizationId: acme.organizationId, role: ApiKeyRole.OWNER, name: 'owner' }),
      );
    const { members } = bench.withKey(owner.secret);
    const roles = { organization: OrganizationRole.ADMIN, workspaces: [] };
    const invited = await members.inviteMember(
      provisioningV1.InviteMemberRequest.fromPartial(asked({ email: 'ann@mail.example', roles })),
    );
    await bench.withKey(invited.token).members.acceptInvite(asked({ name: 'Ann' }));
  }, 120_000);
  afterAll(async () => {
    await bench.close();
    server.close();
  });

  it('as the members that they are, with the role that their groups have', async () => {
    expect(await whoIs((await signIn()).token)).toMatchObject({ memberName: 'Ann', role: ApiKeyRole.ADMIN });
  });

  it('with another role once their groups have changed: what they had ends', async () => {
    const before = (await signIn()).token;
    const beside = (await signIn()).token;
    expect((await whoIs(before)).role).toBe(ApiKeyRole.ADMIN);
    const after = (await signIn({ claims: { groups: 'auditors' } })).token;
    expect((await whoIs(after)).role).toBe(ApiKeyRole.AUDITOR);
    for (const ended of [before, beside])
      await eventually(async () => expect(await refusalOf(whoIs(ended))).toBe(UNKNOWN));
    expect(await refusalOf(signIn({ claims: { groups: [] } }))).toBe('FORBIDDEN GROUPS_WITHOUT_ROLE');
    await eventually(async () => expect(await refusalOf(whoIs(after))).toBe(UNKNOWN));
  });

  it('once by each, and by none without what its nonce is made of', async () => {
    const secret = randomBytes(32).toString('base64url');
    const text = await token({}, secret);
    expect(await refusalOf(present(text, 'another'))).toBe('UNAUTHENTICATED NONCE_UNKNOWN');
    expect(await refusalOf(present(text, ''))).toBe('UNAUTHENTICATED NONCE_UNKNOWN');
    const both = await Promise.all([refusalOf(present(text, secret)), refusalOf(present(text, secret))]);
    expect(both.sort()).toEqual(['UNAUTHENTICATED ID_TOKEN_USED', 'accepted']);
    expect(await refusalOf(present(text, secret))).toBe('UNAUTHENTICATED ID_TOKEN_USED');
  });

  it.each<[string, () => Told, string]>([
    ['made for another client', () => ({ claims: { aud: 'another' } }), UNKNOWN],
    [
      'made for several, and given to another',
      () => ({ claims: { aud: [AUDIENCE, 'b'], azp: 'b' } }),
      UNKNOWN,
    ],
    ['of another issuer', () => ({ claims: { iss: 'https://evil.example' } }), UNKNOWN],
    ['of another key', () => ({ by: others }), UNKNOWN],
    ['of a key that is not published', () => ({ header: { kid: 'two' } }), UNKNOWN],
    ['of a shared secret', () => ({ header: { alg: 'HS256' }, by: Buffer.alloc(32, 1) }), UNKNOWN],
    ['that is old', () => ({ claims: { iat: Math.floor(Date.now() / 1_000) - 700 } }), UNKNOWN],
    ['whose address nobody verified', () => ({ claims: { email_verified: false } }), UNKNOWN],
    ['whose address is said to be verified', () => ({ claims: { email_verified: 'true' } }), UNKNOWN],
    ['without an address', () => ({ claims: { email: undefined } }), UNKNOWN],
    ['of nobody here', () => ({ claims: { email: 'bob@mail.example' } }), 'FORBIDDEN MEMBER_UNKNOWN'],
    ['of groups unheard of', () => ({ claims: { groups: ['x'] } }), 'FORBIDDEN GROUPS_WITHOUT_ROLE'],
    ['of groups above the member', () => ({ claims: { groups: ['owners'] } }), 'REFUSED KEY_ABOVE_MEMBER'],
  ])('by none %s', async (_what, told, refusal) => {
    expect(await refusalOf(signIn(told()))).toBe(refusal);
  });

  it('by none that is signed by nothing', async () => {
    const claims = {
      aud: AUDIENCE,
      sub: 'ann',
      email: 'ann@mail.example',
      email_verified: true,
      nonce: nonceOf('n'),
    };
    const text = new UnsecuredJWT({ ...claims, groups: ['admins'] })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime('1h')
      .encode();
    expect(await refusalOf(present(text, 'n'))).toBe(UNKNOWN);
  });

  it('and do nothing else by one', async () => {
    const clients = bench.withKey(await token());
    const list = provisioningV1.ListApiKeysRequest.fromPartial({});
    expect(await refusalOf(clients.keys.listApiKeys(list))).toBe('FORBIDDEN PERMISSION_DENIED');
  });
});
