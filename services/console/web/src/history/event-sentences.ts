import type { HistoryChangeAnswer } from '@gatehouse/console/histories/history.schema';
import { inWords } from '../ui/words';
import { type Recorded, recordedInWords } from './recorded-words';

export type Change = HistoryChangeAnswer;

/** What things are called, by their ids. */
export type Names = Readonly<Record<string, string>>;

interface Told {
  readonly data: Recorded;
  readonly workspace: string;
  readonly integration: string;
  readonly key: string;
}

interface Words {
  readonly sentence: (told: Told) => string;
  /** What became something else by it, or was said by it first. */
  readonly fields?: readonly string[];
}

const names = ({ data }: Told): string => recordedInWords('names', data['names']);
const part = (data: Recorded, name: string, field: string): string =>
  String(((data[name] ?? {}) as Recorded)[field] ?? '');
const of = (name: string) => (name === '' ? '' : ` of ${name}`);
const forWhom = (name: string) => (name === '' ? '' : ` for ${name}`);

/** Each event as a sentence without who did it. What is not here is told by its name. */
const WORDS: Readonly<Record<string, Words>> = {
  IntegrationConnected: {
    sentence: ({ data, integration }) => `Connected ${integration} to ${String(data['provider'])}`,
    fields: ['slug', 'baseUrl', 'fields', 'headerNames', 'deployments', 'references', 'credentialExpiresAt'],
  },
  SlugReserved: { sentence: ({ data }) => `Took the slug ${String(data['slug'])}` },
  SlugReleased: { sentence: ({ data }) => `Gave the slug ${String(data['slug'])} back` },
  IntegrationReady: { sentence: ({ integration }) => `${integration} can be called by its workspaces` },
  IntegrationConnectRefused: {
    sentence: ({ integration, workspace }) => `${integration} could not be provisioned to ${workspace}`,
    fields: ['reason'],
  },
  IntegrationRenamed: { sentence: () => 'Renamed the integration', fields: ['name'] },
  IntegrationDescribed: {
    sentence: ({ integration }) => `Described ${integration}`,
    fields: ['description'],
  },
  IntegrationDisabled: { sentence: ({ integration }) => `Disabled ${integration} for everybody` },
  IntegrationEnabled: { sentence: ({ integration }) => `Enabled ${integration} again` },
  IntegrationDeleted: { sentence: ({ integration }) => `Deleted ${integration} for good` },
  IntegrationKeyDestroyed: { sentence: () => 'Destroyed the key of its credentials' },
  CredentialRotated: {
    sentence: ({ integration }) => `Replaced the credentials of ${integration}`,
    fields: ['credentialVersion', 'references', 'credentialExpiresAt'],
  },
  IntegrationReconfigured: {
    sentence: ({ integration }) => `Changed where ${integration} goes, and with which credentials`,
    fields: ['baseUrl', 'fields', 'headerNames', 'modelHosts', 'credentialVersion', 'references'],
  },
  CredentialRejected: { sentence: () => 'The provider refused the credentials' },
  CredentialAccepted: { sentence: () => 'The provider took the credentials again' },
  DeploymentAdded: {
    sentence: ({ data }) => `Added the deployment ${part(data, 'deployment', 'alias')}`,
    fields: ['deployment'],
  },
  DeploymentChanged: {
    sentence: ({ data }) => `Changed the deployment ${part(data, 'deployment', 'alias')}`,
    fields: ['deployment'],
  },
  DeploymentRemoved: { sentence: ({ data }) => `Removed the deployment ${String(data['alias'])}` },
  DefaultDeploymentChanged: {
    sentence: ({ data }) => `Made ${String(data['alias'])} the default deployment`,
  },
  ListedModelsSelected: { sentence: () => 'Offered all models that the catalog lists' },
  ModelSelectionCleared: { sentence: () => 'Offered no model any more' },
  IntegrationModelsAllowed: { sentence: (told) => `Offered ${names(told)}` },
  IntegrationModelsRevoked: { sentence: (told) => `Took ${names(told)} back` },
  AutoEnableModelsTurnedOn: { sentence: () => 'Enabled new models of the provider automatically' },
  AutoEnableModelsTurnedOff: { sentence: () => 'Enabled new models automatically no longer' },
  CustomModelDefined: {
    sentence: ({ data }) => `Defined the model ${part(data, 'model', 'name')}`,
    fields: ['model'],
  },
  CustomModelRemoved: { sentence: ({ data }) => `Removed the model ${String(data['name'])}` },
  PriceOverridden: {
    sentence: ({ data }) => `Set the price of ${String(data['model'])}`,
    fields: ['prices'],
  },
  PriceOverrideRemoved: {
    sentence: ({ data }) => `Left the price of ${String(data['model'])} to the price book`,
  },
  PriceMultiplierSet: { sentence: () => 'Changed what all its models cost', fields: ['priceMultiplier'] },
  IntegrationLimitsChanged: {
    sentence: ({ integration }) => `Changed the limits of ${integration}`,
    fields: ['limits'],
  },
  IntegrationProvisioned: {
    sentence: ({ integration, workspace }) => `Provisioned ${integration} to ${workspace}`,
    fields: ['limits', 'models', 'expiresAt'],
  },
  ProvisionLimitsChanged: {
    sentence: ({ integration, workspace }) => `Changed what ${workspace} may spend with ${integration}`,
    fields: ['limits'],
  },
  ProvisionLimitRaised: {
    sentence: ({ integration, workspace }) => `Raised a limit of ${workspace} with ${integration}`,
    fields: ['limits'],
  },
  ProvisionExpiryChanged: {
    sentence: ({ integration, workspace }) => `Changed until when ${workspace} has ${integration}`,
    fields: ['expiresAt'],
  },
  ModelsAllowed: {
    sentence: ({ integration, workspace }) => `Changed which models of ${integration} ${workspace} may call`,
    fields: ['models'],
  },
  ProvisionEnabled: { sentence: ({ integration, workspace }) => `Enabled ${integration} for ${workspace}` },
  ProvisionDisabled: { sentence: ({ integration, workspace }) => `Disabled ${integration} for ${workspace}` },
  AutoProvisionPolicySet: {
    sentence: ({ integration }) => `Provisioned ${integration} to new workspaces automatically`,
    fields: ['limits', 'models'],
  },
  AutoProvisionTurnedOff: {
    sentence: ({ integration }) => `Provisioned ${integration} to new workspaces no longer`,
  },
  AutoProvisionEnded: { sentence: ({ integration }) => `New workspaces get ${integration} no longer` },
  ProvisionNamed: {
    sentence: ({ integration, workspace }) => `Said what ${integration} is called in ${workspace}`,
    fields: ['name', 'slug'],
  },
  WorkspacesConnected: { sentence: ({ integration }) => `Every workspace chosen for it has ${integration}` },
  WorkspaceRefused: {
    sentence: ({ integration, workspace }) => `${integration} could not be provisioned to ${workspace}`,
    fields: ['reason'],
  },
  BulkProvisionCarriedOut: { sentence: () => 'Provisioned it to some of them' },
  BulkProvisionCompleted: { sentence: () => 'Was through with all of them' },
  BulkProvisionRequested: {
    sentence: ({ data, integration }) =>
      data['allWorkspaces'] === true
        ? `Asked for ${integration} to be provisioned to all workspaces`
        : `Asked for ${integration} to be provisioned to many workspaces`,
    fields: ['limits', 'models'],
  },
  OrganizationCreated: { sentence: ({ data }) => `Created the organization ${String(data['name'])}` },
  OrganizationLimitsChanged: { sentence: () => 'Changed the limits of the organization', fields: ['limits'] },
  OrganizationApprovalChanged: {
    sentence: ({ data }) =>
      data['required'] === true
        ? 'Asked for a second admin’s approval of what lets more be spent or called'
        : 'Asked for approvals no longer',
  },
  WorkspacesConnectingSet: {
    sentence: ({ data }) =>
      data['allowed'] === true
        ? 'Let workspaces connect providers of their own'
        : 'Let workspaces connect providers of their own no longer',
  },
  WorkspaceCreated: {
    sentence: ({ data }) => `Created the workspace ${String(data['name'])}`,
    fields: ['limits'],
  },
  WorkspaceNameReserved: { sentence: ({ data }) => `Took the name ${String(data['name'])} for a workspace` },
  WorkspaceNameReleased: { sentence: ({ data }) => `Gave the name ${String(data['name'])} back` },
  WorkspaceSlugReserved: { sentence: ({ data }) => `Took the slug ${String(data['slug'])} for a workspace` },
  WorkspaceRenamed: { sentence: () => 'Renamed the workspace', fields: ['name'] },
  WorkspaceDescribed: { sentence: ({ workspace }) => `Described ${workspace}`, fields: ['details'] },
  WorkspaceArchived: { sentence: ({ workspace }) => `Archived ${workspace}` },
  WorkspaceLimitsChanged: {
    sentence: ({ workspace }) => `Changed the limits of ${workspace}`,
    fields: ['limits'],
  },
  WorkspaceKeyLimitsChanged: {
    sentence: ({ workspace }) => `Changed the limits of each key of ${workspace}`,
    fields: ['limits'],
  },
  MemberInvited: { sentence: () => 'Invited somebody', fields: ['roles', 'expiresAt'] },
  InviteResent: { sentence: () => 'Sent an invite once more', fields: ['expiresAt'] },
  InviteCancelled: { sentence: () => 'Cancelled an invite' },
  MemberJoined: { sentence: () => 'Somebody accepted an invite', fields: ['roles'] },
  MemberRolesChanged: { sentence: () => 'Changed the roles of a member', fields: ['roles'] },
  MemberRemoved: { sentence: () => 'Removed a member' },
  ApiKeyIssued: {
    sentence: ({ data, workspace }) => `Issued the key “${String(data['name'])}”${forWhom(workspace)}`,
    fields: ['role', 'scopes', 'limits', 'expiresAt'],
  },
  ApiKeyRotated: { sentence: ({ key }) => `Gave the key ${key} another secret`, fields: ['earlierEndsAt'] },
  ApiKeyLimitsChanged: { sentence: ({ key }) => `Changed the limits of the key ${key}`, fields: ['limits'] },
  ApiKeyModelsChanged: {
    sentence: ({ key }) => `Changed which models the key ${key} may call`,
    fields: ['models'],
  },
  ApiKeyRevoked: { sentence: ({ key }) => `Revoked the key ${key}` },
  SignInLinkMade: { sentence: ({ key }) => `Made a sign-in link${of(key)}` },
  SessionBegan: { sentence: ({ key }) => `Signed in by the key ${key}` },
  SessionEnded: { sentence: ({ key }) => `A session of the key ${key} ended` },
  SessionsEnded: { sentence: ({ key }) => `Signed out every session of the key ${key}` },
  SecretReferenceDefined: {
    sentence: ({ data }) => `Defined the secret reference ${String(data['slug'])}`,
    fields: ['locator'],
  },
  SecretReferenceChanged: {
    sentence: ({ data }) => `Changed where the secret reference ${String(data['slug'])} leads`,
    fields: ['locator'],
  },
  SecretReferenceRemoved: { sentence: ({ data }) => `Removed the secret reference ${String(data['slug'])}` },
  ChangeProposed: {
    sentence: () => 'Proposed a change, for a second admin to approve',
    fields: ['expiresAt'],
  },
  ProposalApproved: { sentence: () => 'Approved a proposed change' },
  ProposalRejected: { sentence: () => 'Rejected a proposed change' },
  ProposalExpired: { sentence: () => 'Nobody approved a proposed change in time' },
  ProposalCarriedOut: { sentence: () => 'An approved change was made' },
  ProposalFailed: { sentence: () => 'An approved change could not be made', fields: ['reason'] },
};

export const sentenceOf = (change: Change, called: Names): string => {
  const words = WORDS[change.type];
  if (!words) return inWords(change.type);
  const named = (id: string | null, none: string) => (id === null ? none : (called[id] ?? id));
  return words.sentence({
    data: Object.fromEntries(change.changes.map(({ field, after }) => [field, after])),
    workspace: named(change.workspace_id, ''),
    integration: named(change.integration_id, 'the integration'),
    key: change.api_key_id === null ? '' : `“${named(change.api_key_id, '')}”`,
  });
};

/** A field that became something else, in words; `before` is undefined where it had not been said, or nobody knows. */
export interface ChangedField {
  readonly field: string;
  readonly label: string;
  readonly before: string | undefined;
  readonly after: string;
}

/** What is empty is recorded by being left out: of limits that is said, of anything else nothing. */
const SAID_WHEN_EMPTY = ['limits'];

export const changedFieldsOf = ({ type, changes }: Change): readonly ChangedField[] =>
  (WORDS[type]?.fields ?? []).flatMap((field) => {
    const change = changes.find((one) => one.field === field);
    if (!change) {
      const isSaid = SAID_WHEN_EMPTY.includes(field) && type.endsWith('Changed');
      return isSaid
        ? [{ ...labelled(field), before: undefined, after: recordedInWords(field, undefined) }]
        : [];
    }
    const { before, after } = change;
    return [
      {
        ...labelled(field),
        before: before === null || before === undefined ? undefined : recordedInWords(field, before),
        after: recordedInWords(field, after),
      },
    ];
  });

const LABELS: Readonly<Record<string, string>> = {
  baseUrl: 'Requests go to',
  fields: 'Settings',
  headerNames: 'Headers',
  modelHosts: 'Hosts of models',
  references: 'Secret references',
  credentialVersion: 'Version of the credentials',
  credentialExpiresAt: 'The credentials expire',
  expiresAt: 'Ends',
  earlierEndsAt: 'The earlier one ends',
  locator: 'Leads to',
  priceMultiplier: 'Prices',
};

const labelled = (field: string) => ({
  field,
  label: LABELS[field] ?? inWords(field.charAt(0).toUpperCase() + field.slice(1)),
});
