import { randomBytes } from 'node:crypto';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { status, type ServiceError } from '@grpc/grpc-js';
import { callPatiently, type Operator, plaintext } from './control-plane';
import type { SetupState } from './launcher-state';

export interface SignInLinkInput {
  /** `http://host:port`. */
  readonly console: string;
  /** `host:port`. */
  readonly provisioning: string;
  readonly operator: Operator;
  readonly setup: Pick<SetupState, 'organizationId' | 'adminKeyId'>;
  readonly signal: AbortSignal;
}

/**
 * Signs in at the console once, within five minutes, with the first organization's admin key. What follows `#` no browser sends, so that the link
 * is in no log. Undefined where that key is gone, or is of a data directory from before links.
 */
export const signInLink = async (input: SignInLinkInput): Promise<string | undefined> => {
  const { organizationId, adminKeyId: apiKeyId } = input.setup;
  if (organizationId === undefined || apiKeyId === undefined) return undefined;
  const { operator } = input;
  const credentials = 'certificate' in operator ? operator.certificate : plaintext();
  const client = new provisioningV1.SessionServiceClient(input.provisioning, credentials);
  const requestId = `start-link-${randomBytes(12).toString('hex')}`;
  try {
    const { token } = await callPatiently(
      client.createSignInLink.bind(client),
      { requestId, reason: 'npm start', organizationId, apiKeyId },
      operator,
      input.signal,
    );
    return `${input.console}/#link=${token}`;
  } catch (error) {
    if ((error as ServiceError).code !== status.FAILED_PRECONDITION) throw error;
    return undefined;
  } finally {
    client.close();
  }
};
