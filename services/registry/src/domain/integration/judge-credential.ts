import type { IntegrationId } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** What calls have told of a version of a credential. */
export interface JudgeCredential {
  readonly type: 'JudgeCredential';
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
  readonly works: boolean;
}

/** A change is recorded, of the current version alone: what is told late of an earlier one says nothing any more. */
export const judgeCredential = (
  { integrationId, credentialVersion, works }: JudgeCredential,
  integration: Integration,
): readonly IntegrationEvent[] => {
  if (integration.status !== 'connected') return [];
  const { details, credentialRejected } = integration;
  if (details.credentialVersion !== credentialVersion || credentialRejected !== works) return [];
  return [{ type: works ? 'CredentialAccepted' : 'CredentialRejected', integrationId, credentialVersion }];
};
