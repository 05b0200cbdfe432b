import { FixedClock } from '@gatehouse/kernel';
import { ProcessSeal } from '@gatehouse/sealing';
import {
  type AwsKeys,
  type CredentialHolder,
  LentIdentities,
  type OutgoingRequest,
  type ProviderCredential,
  ProviderAuthenticator,
} from '../index';
import { MOTO_READY_WITHIN_MS, MotoServer, motoMissing } from '@gatehouse/sealing/testing';
import { RoutedTransport } from '../testing/routed-transport';
import { signV4 } from './sign-v4';

const IAM = new URL('https://iam.amazonaws.com/');
const STS = new URL('https://sts.eu-central-1.amazonaws.com/');
const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const holder: CredentialHolder = {
  organizationId: 'org_a',
  integrationId: 'int_a',
  credentialVersion: 1,
};
const EXTERNAL_ID = 'gatehouse-3f9a';

const formOf = (url: URL, fields: Record<string, string>): OutgoingRequest => ({
  method: 'POST',
  url,
  headers: FORM,
  body: Buffer.from(new URLSearchParams(fields).toString()),
});
const whoAmI = formOf(STS, { Action: 'GetCallerIdentity', Version: '2011-06-15' });
const textOf = (element: string, xml: string): string =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';

/** A user with a key, and a role that the user may assume with the external id. */
class Account {
  readonly clock = new FixedClock(new Date());
  readonly transport: RoutedTransport;

  private constructor(readonly moto: MotoServer) {
    const origins = [IAM, STS].map(({ origin }) => [origin, moto.origin]);
    this.transport = new RoutedTransport(Object.fromEntries(origins));
  }

  static async start(): Promise<Account & { readonly keys: AwsKeys; readonly roleArn: string }> {
    const account = new Account(await MotoServer.start());
    await account.iam({ Action: 'CreateUser', UserName: 'ann' });
    const key = await account.iam({ Action: 'CreateAccessKey', UserName: 'ann' });
    const mayAssume = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }];
    await account.iam({
      Action: 'PutUserPolicy',
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: mayAssume }),
    });
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:user/ann' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
    };
    const role = await account.iam({
      Action: 'CreateRole',
      RoleName: 'gate',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    });
    await account.moto.checkRequests();
    const keys = {
      accessKeyId: textOf('AccessKeyId', key),
      secretAccessKey: textOf('SecretAccessKey', key),
    };
    return Object.assign(account, { keys, roleArn: textOf('Arn', role) });
  }

  /** Sends what was signed, or something else with the same headers. */
  async ask(
    credential: ProviderCredential,
    signed: OutgoingRequest,
    sent = signed,
  ): Promise<{ status: number; body: string }> {
    const { clock, transport } = this;
    const seal = new ProcessSeal();
    const ambient = new LentIdentities({ allowed: {} }, transport, clock, seal);
    const authenticator = new ProviderAuthenticator({ clock, seal, transport, ambient });
    const headers = await authenticator.headersFor(holder, credential, signed);
    return this.send(sent, headers);
  }

  async stop(): Promise<void> {
    await this.transport.close();
    await this.moto.stop();
  }

  private async iam(fields: Record<string, string>): Promise<string> {
    const request = formOf(IAM, { ...fields, Version: '2010-05-08' });
    const nobody = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'none' };
    const scope = { region: 'us-east-1', service: 'iam' };
    const headers = await signV4(nobody, scope, request, this.clock.now());
    const { status, body } = await this.send(request, headers);
    if (status !== 200) throw new Error(`${fields['Action']}: ${status} ${body}`);
    return body;
  }

  private send({ url, headers, body }: OutgoingRequest, more: Readonly<Record<string, string>>) {
    return this.transport.send({
      method: 'POST',
      url: url.href,
      headers: { ...headers, ...more },
      body: Buffer.from(body).toString('utf8'),
    });
  }
}

const missing = motoMissing();

if (missing !== undefined) {
  describe.skip(`AWS, by moto (not to be had here: ${missing})`, () => {
    it('takes our signatures and lends its roles', () => undefined);
  });
} else {
  describe('AWS, by moto', () => {
    const scope = { region: 'eu-central-1', service: 'sts' };
    let account: Awaited<ReturnType<typeof Account.start>>;
    beforeAll(async () => {
      account = await Account.start();
    }, MOTO_READY_WITHIN_MS);
    afterAll(() => account.stop());

    const accessKey = (changes: Partial<AwsKeys> = {}): ProviderCredential => ({
      kind: 'aws-access-key',
      ...account.keys,
      ...changes,
      ...scope,
    });
    const role = (changes: object = {}): ProviderCredential => ({
      kind: 'aws-assumed-role',
      roleArn: account.roleArn,
      externalId: EXTERNAL_ID,
      source: account.keys,
      ...scope,
      ...changes,
    });

    test('knows a request that an access key signed', async () => {
      const { status, body } = await account.ask(accessKey(), whoAmI);
      expect([status, textOf('Arn', body)]).toEqual([200, 'arn:aws:iam::123456789012:user/ann']);
    });

    test('takes no other request under its signature, and no signature of another secret', async () => {
      const other = { ...whoAmI, body: Buffer.concat([whoAmI.body, Buffer.from('&x=1')]) };
      const altered = await account.ask(accessKey(), whoAmI, other);
      expect([altered.status, textOf('Code', altered.body)]).toEqual([403, 'SignatureDoesNotMatch']);
      const forged = await account.ask(accessKey({ secretAccessKey: 'guessed' }), whoAmI);
      expect([forged.status, textOf('Code', forged.body)]).toEqual([403, 'SignatureDoesNotMatch']);
    });

    test('lends its role for the external id, and knows who signs with it', async () => {
      const { status, body } = await account.ask(role(), whoAmI);
      expect([status, textOf('Arn', body)]).toEqual([
        200,
        'arn:aws:sts::123456789012:assumed-role/gate/gatehouse-int_a',
      ]);
    });

    test.each([
      ['another external id', () => ({ externalId: 'gatehouse-other' }), 'AccessDenied'],
      [
        'another secret',
        () => ({ source: { ...account.keys, secretAccessKey: 'guessed' } }),
        'SignatureDoesNotMatch',
      ],
      [
        'keys that nobody has',
        () => ({ source: { accessKeyId: 'AKIA0000000000000000', secretAccessKey: 'x' } }),
        'InvalidClientTokenId',
      ],
    ])('lends it for nothing else: %s', async (_what, changes, issuerCode) => {
      await expect(account.ask(role(changes()), whoAmI)).rejects.toMatchObject({
        code: 'REFUSED',
        reason: 'PROVIDER_CREDENTIAL_REJECTED',
        metadata: { issuer: 'aws-sts', issuerCode },
      });
    });
  });
}
