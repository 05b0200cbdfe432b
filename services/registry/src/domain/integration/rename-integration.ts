import type { IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface RenameIntegration {
  readonly type: 'RenameIntegration';
  readonly integrationId: IntegrationId;
  readonly name: string;
}

/** The name that it has already is not an error: nothing is recorded. */
export const renameIntegration = (
  { integrationId, name }: RenameIntegration,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] =>
  details.name === name ? [] : [{ type: 'IntegrationRenamed', integrationId, name }];
