import { AppError } from '@gatehouse/kernel';
import type { Integration, IntegrationDetails } from './integration';
import type { IntegrationEvent } from './integration.events';

/** Records a connection whose credential is sealed and whose slug is reserved. */
export interface ConnectIntegration {
  readonly type: 'ConnectIntegration';
  readonly details: IntegrationDetails;
  /** Empty where nobody says. */
  readonly description: string;
}

/** One that was given up stays so: its slug may be another's by now. The caller begins anew, under a new request id. */
export const connectIntegration = (
  { details, description }: ConnectIntegration,
  integration: Integration,
): readonly IntegrationEvent[] => {
  switch (integration.status) {
    case 'absent':
      return [{ type: 'IntegrationConnected', ...details }, ...described(details, description)];
    case 'abandoned':
      throw new AppError('CONFLICT', 'CONNECT_ABANDONED');
    case 'connected':
    case 'deleted':
      throw new AppError('CONFLICT', 'INTEGRATION_EXISTS');
  }
};

const described = (
  { integrationId }: IntegrationDetails,
  description: string,
): readonly IntegrationEvent[] =>
  description === '' ? [] : [{ type: 'IntegrationDescribed', integrationId, description }];
