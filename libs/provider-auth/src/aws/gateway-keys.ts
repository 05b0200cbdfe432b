import { readFile } from 'node:fs/promises';
import { jsonIn } from '@gatehouse/kernel';
import { z } from 'zod';
import { ambientIdentityMissing, answerUnusable, credentialRejected } from '../auth-errors';
import type { AwsKeys } from '../provider-credential';
import { INSTANCE_METADATA_ORIGIN, stsOrigin } from '../token-origins';
import { askIssuer } from '../tokens/ask-issuer';
import type { TokenTransport } from '../tokens/token-transport';
import { askSts, STS_FORM, STS_VERSION, type TemporaryKeys } from './sts';

/** Where the gateway's own AWS identity comes from; the operator says it. */
export type GatewayRole =
  | { readonly kind: 'keys'; readonly keys: AwsKeys }
  /** A cluster's token for this workload (IRSA). */
  | {
      readonly kind: 'web-identity';
      readonly roleArn: string;
      readonly tokenFile: string;
      readonly region: string;
    }
  /** The role of the virtual machine, by version 2 of its metadata service. */
  | { readonly kind: 'instance-role' };

/** The text of a file that whoever runs this workload writes anew now and then. Errors: UNAVAILABLE. */
export const projectedToken = async (file: string): Promise<string> => {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch {
    throw ambientIdentityMissing();
  }
  if (text === '') throw ambientIdentityMissing();
  return text;
};

/** Not signed: the token is the proof. */
export const keysByWebIdentity = async (
  transport: TokenTransport,
  { roleArn, tokenFile, region }: Extract<GatewayRole, { kind: 'web-identity' }>,
): Promise<TemporaryKeys> => {
  const fields = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: STS_VERSION,
    RoleArn: roleArn,
    RoleSessionName: 'gatehouse-gateway',
    WebIdentityToken: await projectedToken(tokenFile),
  });
  const url = `${stsOrigin(region)}/`;
  return askSts(transport, { method: 'POST', url, headers: STS_FORM, body: fields.toString() });
};

const ROLES_PATH = '/latest/meta-data/iam/security-credentials/';
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;
const SESSION_SECONDS = '21600';

const instanceKeys = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  Token: z.string().min(1),
  Expiration: z.iso.datetime(),
});

/** Three steps: a session, the role's name, its keys. */
export const keysByInstanceRole = async (transport: TokenTransport): Promise<TemporaryKeys> => {
  const session = await metadata(transport, 'PUT', '/latest/api/token', {
    'x-aws-ec2-metadata-token-ttl-seconds': SESSION_SECONDS,
  });
  const headers = { 'x-aws-ec2-metadata-token': session };
  const role = await metadata(transport, 'GET', ROLES_PATH, headers);
  if (!ROLE_NAME.test(role)) throw answerUnusable('aws-instance-metadata');
  const { success, data } = instanceKeys.safeParse(
    jsonIn(await metadata(transport, 'GET', ROLES_PATH + role, headers)),
  );
  if (!success) throw answerUnusable('aws-instance-metadata');
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = data;
  return { keys: { accessKeyId, secretAccessKey, sessionToken }, expiresAt: new Date(data.Expiration) };
};

const metadata = async (
  transport: TokenTransport,
  method: 'GET' | 'PUT',
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> => {
  const url = INSTANCE_METADATA_ORIGIN + path;
  const answer = await askIssuer(transport, 'aws-instance-metadata', { method, url, headers });
  if (answer.status >= 400) throw credentialRejected('aws-instance-metadata');
  return answer.body.trim();
};
