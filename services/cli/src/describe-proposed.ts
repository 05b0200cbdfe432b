import { type meteringV1, provisioningV1 } from '@gatehouse/proto-gen';
import { describeLimits } from './describe-limits';
import { describeRerateTerms, describeTally } from './describe-rerating';

/** A command that waits for an approval, as a person says it. */
export const describeProposed = (proposed: provisioningV1.ProposedCommand | undefined): string => {
  const command = proposed?.command;
  switch (command?.$case) {
    case 'provisionIntegration': {
      const { integrationId, workspaceId } = command.value;
      return `provision ${integrationId} to ${workspaceId}\n${describeGiven(command.value)}`;
    }
    case 'changeProvisionLimits':
      return `limits of ${command.value.provisionId}\n${describeLimits(command.value.limits)}`;
    case 'raiseProvisionLimit': {
      const { limitId, provisionId, more, until } = command.value;
      return `raise ${limitId} of ${provisionId} by ${more} until ${until?.toISOString()}`;
    }
    case 'changeProvisionExpiry': {
      const { provisionId, expiresAt } = command.value;
      return `end of ${provisionId}: ${expiresAt?.toISOString() ?? 'never'}`;
    }
    case 'allowModels':
      return `models of ${command.value.provisionId}: ${describeModels(command.value.models)}`;
    case 'enableProvision':
      return `enable ${command.value.provisionId}`;
    case 'changeWorkspaceLimits':
      return `limits of ${command.value.workspaceId}\n${describeLimits(command.value.limits)}`;
    case 'changeLimits':
      return `limits of ${describeHolder(command.value.holder?.holder)}\n${describeLimits(command.value.limits)}`;
    case 'setAutoProvision': {
      const existing = provisioningV1.ExistingProvisions[command.value.existing].split('_').at(-1);
      const also = existing === 'UNSPECIFIED' ? '' : ', also to those that exist';
      return `give ${command.value.integrationId} to new workspaces${also}\n${describeGiven(command.value)}`;
    }
    case 'bulkProvision': {
      const { integrationId, workspaceIds, allWorkspaces } = command.value;
      const count = allWorkspaces ? 'all workspaces' : `${workspaceIds.length} workspaces`;
      return `provision ${integrationId} to ${count}\n${describeGiven(command.value)}`;
    }
    case 'changeApiKeyLimits':
      return `limits of ${command.value.apiKeyId}\n${describeLimits(command.value.limits)}`;
    case 'changeApiKeyModels':
      return `models of ${command.value.apiKeyId}: ${describeModels(command.value.models)}`;
    case 'resetBudget': {
      const { request, periodStart } = command.value;
      return `begin ${request?.limitId} anew, whose period began at ${periodStart?.toISOString()}`;
    }
    case 'correctUsage':
      return describeCorrection(command.value.correction);
    case 'changeApproval':
      return command.value.required ? 'ask a second admin' : 'ask no second admin any more';
    case 'registry':
      return describeRegistryCommand(command.value);
    case undefined:
      return 'unknown to this version';
  }
};

const describeCorrection = (correction: meteringV1.ProposedCorrection['correction']): string => {
  switch (correction?.$case) {
    case 'waiveDoubt': {
      const { request, periodStart, doubt } = correction.value;
      return `waive ${doubt} in doubt of ${request?.limitId}, whose period began at ${periodStart?.toISOString()}`;
    }
    case 'releaseHeld': {
      const { request, silentBefore } = correction.value;
      return `release what is in quarantine of ${request?.limitId} since before ${silentBefore?.toISOString()}`;
    }
    case 'adjustUsage': {
      const { request, beforeNanoUsd } = correction.value;
      const before = beforeNanoUsd === undefined ? 'unknown' : `${beforeNanoUsd}`;
      return `adjust attempt ${request?.attempt} of ${request?.usageRequestId} of ${request?.day}: ${before} → ${request?.amountNanoUsd} nano-USD`;
    }
    case 'rerateUsage': {
      const { request, priceBookVersion, found } = correction.value;
      return [
        `rate records of ${describeRerateTerms(request?.terms)} anew by price book ${priceBookVersion}`,
        ...(found ? describeTally(found) : []),
      ].join('\n');
    }
    case undefined:
      return 'unknown to this version';
  }
};

/** Words of a name: `RotateCredential` is `rotate credential`. */
const spaced = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

/** Of a request's fields those that say what it is; the others are in the proposal's. */
const SAID_ELSEWHERE = ['requestId', 'reason', 'integrationId', 'slug', 'expectedRevision', 'updateMask'];

const describeRegistryCommand = ({
  name,
  requestJson,
  credential,
}: provisioningV1.RegistryCommand): string => {
  const request = JSON.parse(requestJson) as Record<string, unknown>;
  const of = request['integrationId'] ?? request['slug'];
  const facts = Object.entries(request)
    .filter(([field]) => !SAID_ELSEWHERE.includes(field))
    .map(
      ([field, value]) => `${spaced(field)}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  return [`${spaced(name)} of ${of}`, ...facts, ...describeCredential(credential)].join('\n');
};

const describeCredential = (credential: provisioningV1.ProposedCredential | undefined): string[] =>
  credential === undefined
    ? []
    : [
        `credential: version ${credential.version}, fingerprint ${credential.fingerprint}`,
        `to be sent to ${credential.origins.join(', ')}`,
        ...(credential.headerNames.length > 0 ? [`with headers ${credential.headerNames.join(', ')}`] : []),
      ];

const describeGiven = ({
  limits,
  models,
}: Pick<provisioningV1.ProvisionIntegrationRequest, 'limits' | 'models'>): string =>
  `${describeLimits(limits)}\nmodels: ${describeModels(models)}`;

const describeModels = (models: provisioningV1.ModelAccess | undefined): string =>
  models === undefined || models.all ? 'all' : models.names.join(', ');

/** Whose limits they are, as a person says it. */
export const describeHolder = (holder: provisioningV1.LimitHolder['holder']): string => {
  switch (holder?.$case) {
    case 'organization':
      return 'the organization, over all its workspaces';
    case 'integrationId':
      return `${holder.value}, over all its provisions`;
    case 'keysOfWorkspaceId':
      return `each key of ${holder.value}`;
    case undefined:
      return '';
  }
};
