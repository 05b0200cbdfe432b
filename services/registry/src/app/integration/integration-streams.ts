import { Approvals, GuardedStreams } from '@gatehouse/approval';
import {
  type Actor,
  type EventMetadata,
  EventStore,
  isSameRequest,
  type RecordedEvent,
  type Revision,
} from '@gatehouse/event-store';
import { AppError, Ids, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ConnectRefusal, Integration, IntegrationDetails } from '../../domain/integration/integration';
import { type IntegrationCommand, integrationDecider } from '../../domain/integration/integration.decider';
import type { IntegrationSettings } from '../../domain/integration/integration-settings';
import type { IntegrationEvent } from '../../domain/integration/integration.events';
import { integrationLetsMore } from '../../domain/integration/integration-lets-more';
import { integrationPartsOf } from '../../domain/integration/integration-parts';
import { EventCodecs } from '../event-codecs.ports';
import { secretIdOf } from './secret-id';

export const INTEGRATION_STREAM_PREFIX = 'integration-';

/** An integration as it is shown: never a secret. */
export interface IntegrationView extends Pick<
  IntegrationDetails,
  | 'integrationId'
  | 'organizationId'
  | 'name'
  | 'slug'
  | 'provider'
  | 'credentialVersion'
  | 'credentialFingerprint'
  | 'modelDecisions'
  | 'deployments'
  | 'ownerWorkspaceId'
  | keyof IntegrationSettings
  | 'references'
  | 'credentialExpiresAt'
> {
  /** When the current credential was given. */
  readonly credentialGivenAt: Date;
  readonly description: string;
  /** Whether the provider refuses the current credential, as far as calls have told. */
  readonly credentialRejected: boolean;
  /** Deleting: whoever holds its key has not confirmed yet that it is destroyed. */
  readonly status: 'connecting' | 'connected' | 'disabled' | 'deleting' | 'deleted';
  /** While it is deleting: when its key will have been destroyed, as far as that is known. */
  readonly keyDestroyedBy: Date | undefined;
  /** Why it could not be connected with all of its workspaces; undefined where that is not how it ended. */
  readonly refusal: ConnectRefusal | undefined;
  readonly revision: Revision;
  readonly connectedAt: Date;
  readonly connectedBy: Actor;
}

/** Of an event all but what it says: a long history holds each of them. */
type Recorded = Pick<RecordedEvent, 'metadata' | 'position' | 'recordedAt' | 'revision' | 'type'>;

/** What an integration's stream tells. */
export interface IntegrationHistory {
  readonly recorded: readonly Recorded[];
  readonly integration: Integration;
  readonly view: IntegrationView | undefined;
  /** Which vault row holds the current credential; undefined when there is none, or no more. */
  readonly secretId: string | undefined;
}

/** The history of an integration that is, or was, an organization's own. */
export interface OwnIntegration extends IntegrationHistory {
  readonly view: IntegrationView;
  readonly details: IntegrationDetails;
}

@Injectable()
export class IntegrationStreams extends GuardedStreams<IntegrationCommand, Integration, IntegrationEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    const aggregate = { decider: integrationDecider, codec: codecs.integration };
    const guard = { approvals, letsMore: integrationLetsMore, partsOf: integrationPartsOf };
    super(store, INTEGRATION_STREAM_PREFIX, aggregate, ids, guard);
  }

  async history(id: IntegrationId): Promise<IntegrationHistory> {
    const recorded: Recorded[] = [];
    let integration = integrationDecider.initial;
    let current: { readonly secretId: string; readonly givenAt: Date } | undefined;
    for await (const part of this.recordedParts(id)) {
      for (const one of part) {
        const { metadata, position, recordedAt, revision, type } = one;
        recorded.push({ metadata, position, recordedAt, revision, type });
        const event = this.decode(one);
        integration = integrationDecider.evolve(integration, event);
        const secretId = secretIdOf(event, metadata);
        if (secretId !== undefined) current = { secretId, givenAt: recordedAt };
      }
    }
    return {
      recorded,
      integration,
      view: viewOf(integration, recorded, current?.givenAt),
      secretId: integration.status === 'connected' ? current?.secretId : undefined,
    };
  }

  /** The same, of the organization's own: NOT_FOUND `INTEGRATION_UNKNOWN` for another's, exactly as for none. */
  async owned(organizationId: OrganizationId, id: IntegrationId): Promise<OwnIntegration> {
    const history = await this.history(id);
    const { integration, view } = history;
    const details = 'details' in integration ? integration.details : undefined;
    if (view === undefined || details?.organizationId !== organizationId) {
      throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    }
    return { ...history, view, details };
  }
}

/** The event that an earlier call with this request id recorded. CONFLICT `REQUEST_ID_REUSED` when another command did. */
export const earlierEvent = (
  { recorded }: IntegrationHistory,
  asked: EventMetadata,
): Recorded | undefined => {
  const earlier = recorded.findLast(({ metadata }) => isSameRequest(metadata, asked));
  if (earlier !== undefined && earlier.metadata.command !== asked.command) {
    throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  }
  return earlier;
};

/** CONFLICT `REVISION_MISMATCH` with where it stands, when that is not where the caller saw it. */
export const assertRevision = (
  { revision }: Pick<IntegrationView, 'revision'>,
  expected: Revision | undefined,
): void => {
  if (expected === undefined || expected === revision) return;
  throw new AppError('CONFLICT', 'REVISION_MISMATCH', { metadata: { actual: String(revision) } });
};

const viewOf = (
  integration: Integration,
  recorded: readonly Recorded[],
  credentialGivenAt: Date | undefined,
): IntegrationView | undefined => {
  const [first, last] = [recorded[0], recorded.at(-1)];
  if (!('details' in integration) || !first || !last || !credentialGivenAt) return undefined;
  const { details, description, credentialRejected } = integration;
  const { recordedAt: connectedAt, metadata } = first;
  const { actor: connectedBy } = metadata;
  const { revision } = last;
  const state = stateOf(integration);
  const shown = { ...details, description, credentialRejected, credentialGivenAt, ...state };
  return { ...shown, revision, connectedAt, connectedBy };
};

const stateOf = (
  integration: Extract<Integration, { details: unknown }>,
): Pick<IntegrationView, 'status' | 'keyDestroyedBy' | 'refusal'> => {
  const none = { keyDestroyedBy: undefined, refusal: undefined };
  if (integration.status === 'connected') {
    const settled = integration.enabled ? 'connected' : 'disabled';
    return { ...none, status: integration.connecting ? 'connecting' : settled };
  }
  const { keysLeft, keysDestroyedBy, refusal } = integration;
  if (keysLeft.length === 0) return { ...none, status: 'deleted', refusal };
  return { status: 'deleting', keyDestroyedBy: keysDestroyedBy, refusal };
};
