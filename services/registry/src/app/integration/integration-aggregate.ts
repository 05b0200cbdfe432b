import type { EventMetadata, EventStore, RecordedEvent, Revision } from '@gatehouse/event-store';
import { AppError, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import {
  type Integration,
  integrationDecider,
  type IntegrationDetails,
} from '../../domain/integration/integration';
import { integrationCodec } from './integration.codec';
import { secretIdOf } from './secret-id';

export const INTEGRATION_STREAM_PREFIX = 'integration-';

export const integrationStream = (integrationId: IntegrationId): string =>
  `${INTEGRATION_STREAM_PREFIX}${integrationId}`;

export const integrationAggregate = { decider: integrationDecider, codec: integrationCodec };

/** An integration as it is shown: never a secret. */
export interface IntegrationView extends Pick<
  IntegrationDetails,
  | 'integrationId'
  | 'organizationId'
  | 'name'
  | 'slug'
  | 'provider'
  | 'customHost'
  | 'credentialVersion'
  | 'credentialFingerprint'
  | 'customModels'
> {
  readonly status: 'connected' | 'deleted';
  readonly revision: Revision;
  readonly connectedAt: Date;
}

/** What an integration's stream tells. */
export interface IntegrationHistory {
  readonly recorded: readonly RecordedEvent[];
  readonly integration: Integration;
  readonly view: IntegrationView | undefined;
  /** Which vault row holds the current credential; undefined when there is none, or no more. */
  readonly secretId: string | undefined;
}

export const readIntegration = async (store: EventStore, id: IntegrationId): Promise<IntegrationHistory> => {
  const recorded = await store.read(integrationStream(id));
  const integration = recorded.reduce<Integration>(
    (state, event) => integrationDecider.evolve(state, integrationCodec.decode(event)),
    integrationDecider.initial,
  );
  const sealing = recorded.findLast(
    ({ type }) => type === 'IntegrationConnected' || type === 'CredentialRotated',
  );
  return {
    recorded,
    integration,
    view: viewOf(integration, recorded),
    secretId: integration.status === 'connected' && sealing ? secretIdOf(sealing) : undefined,
  };
};

/** The same, of the organization's own: NOT_FOUND `INTEGRATION_UNKNOWN` for another's, exactly as for none. */
export const readOwnIntegration = async (
  store: EventStore,
  organizationId: OrganizationId,
  id: IntegrationId,
): Promise<IntegrationHistory & { readonly view: IntegrationView; readonly details: IntegrationDetails }> => {
  const history = await readIntegration(store, id);
  const { integration, view } = history;
  const details = 'details' in integration ? integration.details : undefined;
  if (view === undefined || details?.organizationId !== organizationId) {
    throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
  }
  return { ...history, view, details };
};

/** The event that an earlier call with this request id recorded. CONFLICT `REQUEST_ID_REUSED` when another command did. */
export const earlierEvent = (
  { recorded }: IntegrationHistory,
  { requestId, command }: EventMetadata,
): RecordedEvent | undefined => {
  const earlier = recorded.findLast(({ metadata }) => metadata.requestId === requestId);
  if (earlier !== undefined && earlier.metadata.command !== command) {
    throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  }
  return earlier;
};

const viewOf = (
  integration: Integration,
  recorded: readonly RecordedEvent[],
): IntegrationView | undefined => {
  const [first, last] = [recorded[0], recorded.at(-1)];
  if (!('details' in integration) || first === undefined || last === undefined) return undefined;
  const { status, details } = integration;
  return { ...details, status, revision: last.revision, connectedAt: first.recordedAt };
};
