import type { IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface DescribeIntegration {
  readonly type: 'DescribeIntegration';
  readonly integrationId: IntegrationId;
  /** Empty takes the description away. */
  readonly description: string;
}

/** The description that it has already is not an error: nothing is recorded. */
export const describeIntegration = (
  { integrationId, description }: DescribeIntegration,
  integration: LiveIntegration,
): readonly IntegrationEvent[] =>
  integration.description === description
    ? []
    : [{ type: 'IntegrationDescribed', integrationId, description }];
