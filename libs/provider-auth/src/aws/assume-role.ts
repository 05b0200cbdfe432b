import { credentialMalformed } from '../auth-errors';
import type { AwsKeys, CredentialHolder, CredentialOf } from '../provider-credential';
import { stsOrigin } from '../token-origins';
import type { TokenTransport } from '../tokens/token-transport';
import { signV4 } from './sign-v4';
import { askSts, STS_FORM, STS_VERSION, type TemporaryKeys } from './sts';

type AssumedRole = CredentialOf<'aws-assumed-role'>;

const ROLE_ARN = /^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,576}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/**
 * Keys of a role for an hour, which is the longest where one role assumes another. The session's name derives from the
 * integration, so that the role's owner finds in CloudTrail who it was.
 */
export const assumeRole = async (
  transport: TokenTransport,
  role: AssumedRole,
  source: AwsKeys,
  holder: CredentialHolder,
  now: Date,
): Promise<TemporaryKeys> => {
  const fields = new URLSearchParams({
    Action: 'AssumeRole',
    Version: STS_VERSION,
    RoleArn: matching(ROLE_ARN, 'roleArn', role.roleArn),
    RoleSessionName: matching(SESSION_NAME, 'integrationId', `gatehouse-${holder.integrationId}`),
    ExternalId: matching(EXTERNAL_ID, 'externalId', role.externalId),
  });
  const url = new URL('/', stsOrigin(role.region));
  const body = fields.toString();
  const signed = await signV4(
    source,
    { region: role.region, service: 'sts' },
    { method: 'POST', url, headers: STS_FORM, body: Buffer.from(body, 'utf8') },
    now,
  );
  const request = { method: 'POST', url: url.href, headers: { ...STS_FORM, ...signed }, body } as const;
  return askSts(transport, request);
};

const matching = (pattern: RegExp, field: string, value: string): string => {
  if (!pattern.test(value)) throw credentialMalformed(field);
  return value;
};
