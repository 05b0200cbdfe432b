import type { Clock } from '@gatehouse/kernel';
import { type AmbientIdentities, signV4, type TokenTransport } from '@gatehouse/provider-auth';
import { z } from 'zod';
import { jsonIn } from '@gatehouse/kernel';
import { secretManagerUnavailable, secretNotFound, secretUnusable } from '../secret-errors';
import type { SecretLocator } from '@gatehouse/kernel';
import { SecretSource } from '../secret-source';

type AwsLocator = Extract<SecretLocator, { kind: 'aws-secrets-manager' }>;

const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'secretsmanager.GetSecretValue',
};
const answer = z.object({ SecretString: z.string().optional() });
const failure = z.object({ __type: z.string() });
/** Codes of a refusal that asking again does not change; they come with a namespace before a `#`, or without. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'AccessDeniedException',
  'InvalidRequestException',
  'InvalidParameterException',
  'DecryptionFailure',
]);

/** AWS Secrets Manager, as the gateway's own role. */
export class AwsSecrets extends SecretSource<'aws-secrets-manager'> {
  constructor(
    private readonly ambient: Pick<AmbientIdentities, 'gatewayKeys'>,
    private readonly transport: TokenTransport,
    private readonly clock: Clock,
  ) {
    super();
  }

  async read(locator: AwsLocator): Promise<string> {
    const { status, body } = await this.ask(locator);
    if (status !== 200) throw refusalIn(body);
    const parsed = answer.safeParse(jsonIn(body));
    if (!parsed.success) throw secretManagerUnavailable('aws-secrets-manager');
    // A binary secret is no credential.
    if (parsed.data.SecretString === undefined) throw secretUnusable('aws-secrets-manager');
    return parsed.data.SecretString;
  }

  private async ask({ region, name }: AwsLocator): Promise<{ status: number; body: string }> {
    const url = new URL(
      `https://secretsmanager.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`,
    );
    const body = JSON.stringify({ SecretId: name });
    try {
      const keys = await this.ambient.gatewayKeys();
      const request = { method: 'POST', url, headers: HEADERS, body: Buffer.from(body) } as const;
      const signature = await signV4(keys, { region, service: 'secretsmanager' }, request, this.clock.now());
      return await this.transport.send({
        method: 'POST',
        url: url.href,
        headers: { ...HEADERS, ...signature },
        body,
      });
    } catch {
      throw secretManagerUnavailable('aws-secrets-manager');
    }
  }
}

const refusalIn = (body: string): Error => {
  const parsed = failure.safeParse(jsonIn(body));
  const code = parsed.success ? (parsed.data.__type.split('#').at(-1) ?? '') : '';
  return NOT_OURS.has(code)
    ? secretNotFound('aws-secrets-manager')
    : secretManagerUnavailable('aws-secrets-manager');
};
