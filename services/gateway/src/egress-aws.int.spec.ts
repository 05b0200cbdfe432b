import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { deriveId, FixedClock } from '@gatehouse/kernel';
import {
  type AwsKeys,
  type CredentialUse,
  LentIdentities,
  ProviderAuthenticator,
  signV4,
} from '@gatehouse/provider-auth';
import { RoutedTransport } from '@gatehouse/provider-auth/testing';
import {
  generateVaultKeyPair,
  HpkeCredentialSealer,
  HpkeDataKeyUnwrapper,
  KeyProviders,
  originsOf,
  ProcessSeal,
} from '@gatehouse/sealing';
import { InMemoryKeys, MOTO_READY_WITHIN_MS, MotoServer, motoMissing } from '@gatehouse/sealing/testing';
import { OpenedCredentials } from './adapters/egress/opened-credentials';
import { UndiciProbes } from './adapters/upstream/undici-probes';
import { Egress } from './app/egress';
import { ScriptedServer } from './testing/scripted-server';

const missing = motoMissing();
const REGION = 'eu-central-1';
const STS = `https://sts.${REGION}.amazonaws.com`;
const IAM = new URL('https://iam.amazonaws.com/');
const EXTERNAL_ID = 'gatehouse-3f9a';
const vault = generateVaultKeyPair();

const textOf = (element: string, xml: string): string =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
const policy = (...statements: readonly object[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ Effect: 'Allow', ...one })),
  });

if (missing !== undefined) {
  test.skip(`a role of AWS, tried at a provider: ${missing}`, () => undefined);
} else {
  describe('a role of AWS, as moto lends it, tried at a provider', () => {
    const clock = new FixedClock(new Date());
    let moto: MotoServer;
    let provider: ScriptedServer;
    let transport: RoutedTransport;
    let egress: Egress;
    let keys: AwsKeys;
    let roleArn: string;

    const iam = async (fields: Record<string, string>): Promise<string> => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const body = new URLSearchParams({ ...fields, Version: '2010-05-08' }).toString();
      const request = { method: 'POST', url: IAM, headers, body: Buffer.from(body) } as const;
      const nobody = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'none' };
      const signed = await signV4(nobody, { region: 'us-east-1', service: 'iam' }, request, clock.now());
      const sent = { method: 'POST', url: IAM.href, headers: { ...headers, ...signed }, body } as const;
      const answer = await transport.send(sent);
      if (answer.status !== 200) throw new Error(`${fields['Action']}: ${answer.body}`);
      return answer.body;
    };
    /** Ann may assume a role, for who names the external id. */
    const makeAccount = async (): Promise<void> => {
      await iam({ Action: 'CreateUser', UserName: 'ann' });
      const key = await iam({ Action: 'CreateAccessKey', UserName: 'ann' });
      keys = { accessKeyId: textOf('AccessKeyId', key), secretAccessKey: textOf('SecretAccessKey', key) };
      const may = policy({ Action: 'sts:AssumeRole', Resource: '*' });
      await iam({ Action: 'PutUserPolicy', UserName: 'ann', PolicyName: 'p', PolicyDocument: may });
      const AssumeRolePolicyDocument = policy({
        Principal: { AWS: 'arn:aws:iam::123456789012:user/ann' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
      });
      const role = await iam({ Action: 'CreateRole', RoleName: 'gate', AssumeRolePolicyDocument });
      roleArn = textOf('Arn', role);
    };

    beforeAll(async () => {
      moto = await MotoServer.start();
      transport = new RoutedTransport({ [IAM.origin]: moto.origin, [STS]: moto.origin });
      await makeAccount();
      await moto.checkRequests();
      provider = await new ScriptedServer().start();
      const seal = new ProcessSeal();
      const ambient = new LentIdentities({ allowed: {} }, transport, clock, seal);
      egress = new Egress(
        new OpenedCredentials(
          new HpkeDataKeyUnwrapper([vault.privateKey], new KeyProviders([new InMemoryKeys()])),
          new ProviderAuthenticator({ clock, seal, transport, ambient }),
          { resolved: (_owner, fields) => Promise.resolve(fields) },
        ),
        new UndiciProbes({
          hosts: new HostGuard(PrivateHosts.parse('127.0.0.0/8') as PrivateHosts),
          connectTimeoutMs: 5_000,
          timeoutMs: 20_000,
          answerBytesMax: 65_536,
        }),
      );
    }, MOTO_READY_WITHIN_MS);
    beforeEach(() => {
      provider.seen.length = 0;
      provider.answer = ({ headers }, response) => {
        response.writeHead(headers['x-amz-security-token'] ? 200 : 403, {
          'content-type': 'application/json',
        });
        response.end('{}');
      };
    });
    afterAll(async () => {
      await provider?.stop();
      await transport?.close();
      await moto?.stop();
    });

    const tried = async (use: Partial<CredentialUse>, secret: Partial<AwsKeys> = {}): Promise<string> => {
      const binding = {
        organizationId: deriveId('org', 'a'),
        integrationId: deriveId('int', 'a'),
        credentialVersion: 1,
        origins: originsOf([provider.origin, STS]),
      };
      const { accessKeyId, secretAccessKey } = { ...keys, ...secret };
      const sealed = await new HpkeCredentialSealer(vault.publicKey).seal(binding, {
        aws_access_key_id: accessKeyId,
        aws_secret_access_key: secretAccessKey,
      });
      const { result } = await egress.try({
        sealed,
        use: {
          kind: 'aws-assumed-role',
          scheme: 'bearer',
          fields: { region: REGION, role_arn: roleArn },
          audience: 'bedrock',
          externalId: EXTERNAL_ID,
          ...use,
        },
        baseUrl: provider.origin,
        path: '/foundation-models',
        shape: 'object',
        headers: {},
      });
      return result.outcome;
    };

    test('works, and the provider sees the keys of the role alone', async () => {
      expect(await tried({})).toBe('works');
      const [shown] = provider.seen;
      expect(String(shown?.headers.authorization)).toMatch(
        /Credential=ASIA\w+\/\d{8}\/eu-central-1\/bedrock\//,
      );
      expect(String(shown?.headers['x-amz-security-token'])).not.toBe('');
      expect(JSON.stringify(provider.seen.map(({ headers }) => headers))).not.toContain(keys.accessKeyId);
    });

    test('is refused where the role is for another external id, or the keys are nobody’s', async () => {
      expect(await tried({ externalId: 'gatehouse-other' })).toBe('credential-rejected');
      expect(await tried({}, { secretAccessKey: 'guessed' })).toBe('credential-rejected');
      expect(provider.seen).toEqual([]);
    });
  });
}
