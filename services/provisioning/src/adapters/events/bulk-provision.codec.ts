import { EVENTS } from '@gatehouse/events';
import { bulkId, integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { type eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import type {
  BulkOutcome,
  BulkProvisionEvent,
  BulkProvisionRequested,
  BulkScope,
} from '../../domain/bulk-provision/bulk-provision.events';
import { fromProtoExisting, toProtoExisting } from './existing-provisions';
import { fromProtoRecordedAccess, toProtoModelAccess } from './model-access';
import { fromProtoRecordedSpecs, toProtoSpecs } from './recorded-limits';

const { BulkOutcomeKind } = provisioningV1;

export const bulkProvisionCodec = EVENTS.codec<BulkProvisionEvent>({
  BulkProvisionRequested: {
    toMessage: ({ scope, limits, models, existing, ...event }) => ({
      ...event,
      ...toProtoScope(scope),
      limits: toProtoSpecs(limits),
      models: toProtoModelAccess(models),
      existing: toProtoExisting(existing),
    }),
    fromMessage: (message) => ({
      bulkId: bulkId(message.bulkId),
      organizationId: organizationId(message.organizationId),
      integrationId: integrationId(message.integrationId),
      scope: fromProtoScope(message),
      limits: fromProtoRecordedSpecs(message.limits),
      models: fromProtoRecordedAccess(message.models),
      existing: fromProtoRecordedExisting(message),
      ...(message.expiresAt && { expiresAt: message.expiresAt }),
    }),
  },
  BulkProvisionCarriedOut: {
    toMessage: ({ bulkId: id, outcomes }) => ({ bulkId: id, outcomes: outcomes.map(toProtoOutcome) }),
    fromMessage: (message) => ({
      bulkId: bulkId(message.bulkId),
      outcomes: message.outcomes.map(fromProtoOutcome),
    }),
  },
  BulkProvisionCompleted: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ bulkId: bulkId(message.bulkId) }),
  },
});

const toProtoScope = (
  scope: BulkScope,
): Pick<eventsV1.BulkProvisionRequested, 'workspaceIds' | 'allWorkspaces' | 'policyRevision'> => {
  switch (scope.kind) {
    case 'named':
      return { workspaceIds: [...scope.workspaceIds], allWorkspaces: false, policyRevision: undefined };
    case 'all':
      return { workspaceIds: [], allWorkspaces: true, policyRevision: undefined };
    case 'beforePolicy':
      return { workspaceIds: [], allWorkspaces: true, policyRevision: scope.revision };
  }
};

const fromProtoScope = (message: eventsV1.BulkProvisionRequested): BulkScope => {
  if (!message.allWorkspaces) return { kind: 'named', workspaceIds: message.workspaceIds.map(workspaceId) };
  return message.policyRevision === undefined
    ? { kind: 'all' }
    : { kind: 'beforePolicy', revision: message.policyRevision };
};

const fromProtoRecordedExisting = ({
  existing,
}: eventsV1.BulkProvisionRequested): BulkProvisionRequested['existing'] => {
  const known = fromProtoExisting(existing);
  if (known === undefined)
    throw new Error('a recorded bulk provision does not say what to do with existing ones');
  return known;
};

const toProtoOutcome = (outcome: BulkOutcome): provisioningV1.BulkOutcome => ({
  workspaceId: outcome.workspaceId,
  kind: OUTCOME_KINDS[outcome.kind],
  reason: outcome.kind === 'refused' ? outcome.reason : '',
});

const fromProtoOutcome = ({
  workspaceId: id,
  kind: recorded,
  reason,
}: provisioningV1.BulkOutcome): BulkOutcome => {
  const kind = fromProtoOutcomeKind(recorded);
  if (kind === undefined) throw new Error('a recorded outcome is of no known kind');
  return kind === 'refused'
    ? { workspaceId: workspaceId(id), kind, reason }
    : { workspaceId: workspaceId(id), kind };
};

export const OUTCOME_KINDS: Readonly<Record<BulkOutcome['kind'], provisioningV1.BulkOutcomeKind>> = {
  made: BulkOutcomeKind.MADE,
  changed: BulkOutcomeKind.CHANGED,
  unchanged: BulkOutcomeKind.UNCHANGED,
  refused: BulkOutcomeKind.REFUSED,
};

/** Undefined for what is unspecified or unknown. */
export const fromProtoOutcomeKind = (kind: provisioningV1.BulkOutcomeKind): BulkOutcome['kind'] | undefined =>
  (Object.keys(OUTCOME_KINDS) as BulkOutcome['kind'][]).find((one) => OUTCOME_KINDS[one] === kind);
