import { type Caller, fromProtoPage, hasScope, keyOf, toProtoLimit, toProtoPageToken } from '@gatehouse/grpc';
import { AppError, integrationId } from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import { type Preview, PreviewCommandCommand } from '../../app/preview/preview-command.handler';
import {
  type HitProvision,
  type IntegrationPreview,
  PreviewIntegrationChangeQuery,
} from '../../app/preview/preview-integration-change.handler';
import { PreviewIntegrationModelsQuery } from '../../app/preview/preview-integration-models.handler';
import type {
  ReplayedLimit,
  ReplayedModels,
  ReplayedUsage,
  ReplayedWorkspaces,
  ToldPart,
} from '../../app/preview/preview.ports';
import type { ChangeEffect, IntegrationChange } from '../../domain/provision/integration-change';
import { fromProtoProposedCommand } from '../events/proposal.codec';
import { toProtoProvision } from './provision-conversion';
import { pagingOf, ProvisioningChecks } from './request-fields';

/** Other services' commands. */
const ELSEWHERE: ReadonlySet<string | undefined> = new Set(['registry', 'resetBudget', 'correctUsage']);

/** Workspaces that are told one by one: at most, and where nothing is said. */
const TOLD_MAX = 100;
const TOLD = 20;

export const fromProtoPreviewCommandRequest = (
  { command, ...request }: provisioningV1.PreviewCommandRequest,
  { principal, address }: Caller,
): PreviewCommandCommand => {
  const checks = new ProvisioningChecks();
  if (!command?.command) checks.fault('command', 'is required');
  if (ELSEWHERE.has(command?.command?.$case)) checks.fault('command', 'must be one of this service');
  const told = toldIn(request, checks);
  checks.done();
  const key = keyOf(principal);
  if (!key) throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
  const actor = { kind: 'apiKey', id: key.keyId, address } as const;
  const proposed = fromProtoProposedCommand(withoutNames(command));
  const usage = hasScope(principal, ['analytics.view']) ? told : undefined;
  return new PreviewCommandCommand({ organizationId: key.organizationId, actor }, proposed, usage);
};

const toldIn = (
  { pageSize, skip }: Pick<provisioningV1.PreviewCommandRequest, 'pageSize' | 'skip'>,
  checks: ProvisioningChecks,
): ToldPart => {
  if (pageSize < 0 || pageSize > TOLD_MAX) checks.fault('page_size', `must be 0 to ${TOLD_MAX}`);
  if (skip < 0) checks.fault('skip', 'must not be negative');
  return { skip, size: pageSize === 0 ? TOLD : pageSize };
};

/** Names are recorded before what they name. */
const withoutNames = (
  proposed: provisioningV1.ProposedCommand | undefined,
): provisioningV1.ProposedCommand | undefined => {
  const command = proposed?.command;
  if (command?.$case !== 'provisionIntegration') return proposed;
  return { command: { ...command, value: { ...command.value, slug: '', name: '' } } };
};

export const toProtoPreviewCommandResponse = ({
  events,
  letsMore,
  needsApproval,
  replay,
}: Preview): provisioningV1.PreviewCommandResponse => ({
  events: events.map(({ stream, type, data }) => ({ stream, type, dataJson: JSON.stringify(data) })),
  letsMore,
  needsApproval,
  usage: replay === undefined || replay === 'unknown' ? undefined : toProtoReplay(replay),
  usageUnknown: replay === 'unknown',
});

const toProtoReplay = ({ limits, models }: ReplayedUsage): typeV1.UsageReplay => ({
  limits: limits.map(({ limit, keys, workspaces, ...replay }) => ({
    ...toProtoFared(replay),
    limit: toProtoLimit(limit),
    keys: keys && { ...keys, keys: keys.keys.map(toProtoFared) },
    workspaces: workspaces && toProtoWorkspaces(workspaces),
  })),
  models: models && toProtoModels(models),
});

const toProtoModels = ({ models, workspaces, ...replay }: ReplayedModels): typeV1.ModelsReplay => ({
  ...replay,
  models: models.map((model) => ({ ...model })),
  workspaces: workspaces && toProtoWorkspaces(workspaces),
});

const toProtoWorkspaces = (workspaces: ReplayedWorkspaces): typeV1.WorkspacesReplay => ({
  ...workspaces,
  workspaces: workspaces.workspaces.map(toProtoFared),
});

const toProtoFared = <One extends Pick<ReplayedLimit, 'ranOut'>>({ ranOut, ...one }: One) => ({
  ...one,
  ...toProtoRanOut(ranOut),
});

const toProtoRanOut = (ranOut: ReplayedLimit['ranOut']) => ({
  ranOutAfter: ranOut?.from,
  ranOutBefore: ranOut?.until,
});

const CHANGES: Readonly<Record<IntegrationChange, provisioningV1.IntegrationChange>> = {
  disable: provisioningV1.IntegrationChange.DISABLE,
  delete: provisioningV1.IntegrationChange.DELETE,
  rotate: provisioningV1.IntegrationChange.ROTATE,
};

export const fromProtoPreviewIntegrationChangeRequest = (
  request: provisioningV1.PreviewIntegrationChangeRequest,
  caller: Caller,
): PreviewIntegrationChangeQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('integration_id', request.integrationId, integrationId);
  const change = (Object.keys(CHANGES) as IntegrationChange[]).find((one) => CHANGES[one] === request.change);
  if (change === undefined) checks.fault('change', 'must be one of those there are');
  checks.done();
  const page = fromProtoPage(request, hitPaging(request));
  const wanted = change as IntegrationChange;
  return new PreviewIntegrationChangeQuery(organizationOf(caller), id, wanted, page, request.atLeastPosition);
};

const hitPaging = ({ integrationId: id, change }: provisioningV1.PreviewIntegrationChangeRequest) =>
  pagingOf('hits', id, change);

const EFFECTS: Readonly<Record<ChangeEffect, provisioningV1.ChangeEffect>> = {
  none: provisioningV1.ChangeEffect.NONE,
  stops: provisioningV1.ChangeEffect.STOPS,
  ends: provisioningV1.ChangeEffect.ENDS,
  goesOn: provisioningV1.ChangeEffect.GOES_ON,
};

export const toProtoPreviewIntegrationChangeResponse = (
  request: provisioningV1.PreviewIntegrationChangeRequest,
  { hits, next, totalSize, needsApproval }: IntegrationPreview,
): provisioningV1.PreviewIntegrationChangeResponse => ({
  provisions: hits.map(toProtoHitProvision),
  nextPageToken: toProtoPageToken(next, hitPaging(request)),
  totalSize,
  needsApproval,
});

const toProtoHitProvision = ({
  provision,
  workspace,
  effect,
}: HitProvision): provisioningV1.HitProvision => ({
  provision: toProtoProvision(provision),
  workspaceName: workspace.name,
  effect: EFFECTS[effect],
  keys: workspace.keys.map((key) => ({ ...key })),
  keyCount: workspace.keyCount,
});

export const fromProtoPreviewIntegrationModelsRequest = (
  request: provisioningV1.PreviewIntegrationModelsRequest,
  caller: Caller,
): PreviewIntegrationModelsQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('integration_id', request.integrationId, integrationId);
  const { only, without } = request;
  if (only.length > 0 === without.length > 0) checks.fault('only', 'must be given, or without');
  const kind = only.length > 0 ? 'only' : 'without';
  checks.modelNames(kind, request[kind]);
  const told = toldIn(request, checks);
  checks.done();
  const asked = { integrationId: id, models: { kind, names: request[kind] }, told } as const;
  return new PreviewIntegrationModelsQuery(organizationOf(caller), asked, request.atLeastPosition);
};

export const toProtoPreviewIntegrationModelsResponse = (
  models: ReplayedModels | 'unknown',
): provisioningV1.PreviewIntegrationModelsResponse => ({
  models: models === 'unknown' ? undefined : toProtoModels(models),
});
