import { EventLanguage, type EventShape } from '@gatehouse/event-store';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { EventType } from '@gatehouse/topology';
import { decidedModels } from './upcasters/decided-models';

/** Usage is told on the bus and never stored; entries are parts of a message's map. */
type StoredMessage = Exclude<keyof typeof eventsV1, 'UsageRecorded' | `${string}Entry`>;

/**
 * A line for each message of `gatehouse.events.v1`, which must be an event that some stream holds, and for each event that
 * a stream holds, which must be a message: what is missing on one side does not compile.
 */
export type Shapes = {
  readonly [T in StoredMessage | EventType]: T extends EventType
    ? EventShape<ReturnType<(typeof eventsV1)[T]['fromJSON']>>
    : never;
};

/** Every event that is stored: its message, and how older versions become the newest. */
const SHAPES: Shapes = {
  SlugReserved: { message: eventsV1.SlugReserved, upcasters: [] },
  SlugReleased: { message: eventsV1.SlugReleased, upcasters: [] },
  CatalogPublished: { message: eventsV1.CatalogPublished, upcasters: [] },
  PriceBookPublished: { message: eventsV1.PriceBookPublished, upcasters: [] },
  IntegrationConnected: { message: eventsV1.IntegrationConnected, upcasters: [decidedModels] },
  IntegrationConnectAbandoned: { message: eventsV1.IntegrationConnectAbandoned, upcasters: [] },
  IntegrationReady: { message: eventsV1.IntegrationReady, upcasters: [] },
  IntegrationConnectRefused: { message: eventsV1.IntegrationConnectRefused, upcasters: [] },
  IntegrationRenamed: { message: eventsV1.IntegrationRenamed, upcasters: [] },
  IntegrationDescribed: { message: eventsV1.IntegrationDescribed, upcasters: [] },
  IntegrationDisabled: { message: eventsV1.IntegrationDisabled, upcasters: [] },
  IntegrationEnabled: { message: eventsV1.IntegrationEnabled, upcasters: [] },
  IntegrationReconfigured: { message: eventsV1.IntegrationReconfigured, upcasters: [] },
  DeploymentAdded: { message: eventsV1.DeploymentAdded, upcasters: [] },
  DeploymentChanged: { message: eventsV1.DeploymentChanged, upcasters: [] },
  DeploymentRemoved: { message: eventsV1.DeploymentRemoved, upcasters: [] },
  DefaultDeploymentChanged: { message: eventsV1.DefaultDeploymentChanged, upcasters: [] },
  CredentialRotated: { message: eventsV1.CredentialRotated, upcasters: [] },
  CredentialRejected: { message: eventsV1.CredentialRejected, upcasters: [] },
  CredentialAccepted: { message: eventsV1.CredentialAccepted, upcasters: [] },
  IntegrationDeleted: { message: eventsV1.IntegrationDeleted, upcasters: [] },
  SecretReferenceDefined: { message: eventsV1.SecretReferenceDefined, upcasters: [] },
  SecretReferenceChanged: { message: eventsV1.SecretReferenceChanged, upcasters: [] },
  SecretReferenceRemoved: { message: eventsV1.SecretReferenceRemoved, upcasters: [] },
  IntegrationKeyDestructionScheduled: { message: eventsV1.IntegrationKeyDestructionScheduled, upcasters: [] },
  IntegrationKeyDestroyed: { message: eventsV1.IntegrationKeyDestroyed, upcasters: [] },
  ListedModelsSelected: { message: eventsV1.ListedModelsSelected, upcasters: [] },
  ModelSelectionCleared: { message: eventsV1.ModelSelectionCleared, upcasters: [] },
  IntegrationModelsAllowed: { message: eventsV1.IntegrationModelsAllowed, upcasters: [] },
  IntegrationModelsRevoked: { message: eventsV1.IntegrationModelsRevoked, upcasters: [] },
  AutoEnableModelsTurnedOn: { message: eventsV1.AutoEnableModelsTurnedOn, upcasters: [] },
  AutoEnableModelsTurnedOff: { message: eventsV1.AutoEnableModelsTurnedOff, upcasters: [] },
  CustomModelDefined: { message: eventsV1.CustomModelDefined, upcasters: [] },
  CustomModelRemoved: { message: eventsV1.CustomModelRemoved, upcasters: [] },
  PriceOverridden: { message: eventsV1.PriceOverridden, upcasters: [] },
  PriceOverrideRemoved: { message: eventsV1.PriceOverrideRemoved, upcasters: [] },
  PriceMultiplierSet: { message: eventsV1.PriceMultiplierSet, upcasters: [] },
  OrganizationCreated: { message: eventsV1.OrganizationCreated, upcasters: [] },
  OrganizationLimitsChanged: { message: eventsV1.OrganizationLimitsChanged, upcasters: [] },
  WorkspacesConnectingSet: { message: eventsV1.WorkspacesConnectingSet, upcasters: [] },
  WorkspaceConnectingSet: { message: eventsV1.WorkspaceConnectingSet, upcasters: [] },
  OrganizationApprovalChanged: { message: eventsV1.OrganizationApprovalChanged, upcasters: [] },
  IntegrationLimitsChanged: { message: eventsV1.IntegrationLimitsChanged, upcasters: [] },
  WorkspaceNameReserved: { message: eventsV1.WorkspaceNameReserved, upcasters: [] },
  WorkspaceNameReleased: { message: eventsV1.WorkspaceNameReleased, upcasters: [] },
  WorkspaceSlugReserved: { message: eventsV1.WorkspaceSlugReserved, upcasters: [] },
  WorkspaceCreated: { message: eventsV1.WorkspaceCreated, upcasters: [] },
  WorkspaceLimitsChanged: { message: eventsV1.WorkspaceLimitsChanged, upcasters: [] },
  WorkspaceRenamed: { message: eventsV1.WorkspaceRenamed, upcasters: [] },
  WorkspaceDescribed: { message: eventsV1.WorkspaceDescribed, upcasters: [] },
  WorkspaceArchived: { message: eventsV1.WorkspaceArchived, upcasters: [] },
  WorkspaceKeyLimitsChanged: { message: eventsV1.WorkspaceKeyLimitsChanged, upcasters: [] },
  IntegrationProvisioned: { message: eventsV1.IntegrationProvisioned, upcasters: [] },
  ProvisionLimitsChanged: { message: eventsV1.ProvisionLimitsChanged, upcasters: [] },
  ProvisionLimitRaised: { message: eventsV1.ProvisionLimitRaised, upcasters: [] },
  ProvisionExpiryChanged: { message: eventsV1.ProvisionExpiryChanged, upcasters: [] },
  ProvisionNamed: { message: eventsV1.ProvisionNamed, upcasters: [] },
  ModelsAllowed: { message: eventsV1.ModelsAllowed, upcasters: [] },
  ProvisionEnabled: { message: eventsV1.ProvisionEnabled, upcasters: [] },
  ProvisionDisabled: { message: eventsV1.ProvisionDisabled, upcasters: [] },
  WorkspacesConnected: { message: eventsV1.WorkspacesConnected, upcasters: [] },
  WorkspaceRefused: { message: eventsV1.WorkspaceRefused, upcasters: [] },
  AutoProvisionPolicySet: { message: eventsV1.AutoProvisionPolicySet, upcasters: [] },
  AutoProvisionTurnedOff: { message: eventsV1.AutoProvisionTurnedOff, upcasters: [] },
  AutoProvisionEnded: { message: eventsV1.AutoProvisionEnded, upcasters: [] },
  BulkProvisionRequested: { message: eventsV1.BulkProvisionRequested, upcasters: [] },
  BulkProvisionCarriedOut: { message: eventsV1.BulkProvisionCarriedOut, upcasters: [] },
  BulkProvisionCompleted: { message: eventsV1.BulkProvisionCompleted, upcasters: [] },
  MemberInvited: { message: eventsV1.MemberInvited, upcasters: [] },
  InviteResent: { message: eventsV1.InviteResent, upcasters: [] },
  InviteCancelled: { message: eventsV1.InviteCancelled, upcasters: [] },
  MemberJoined: { message: eventsV1.MemberJoined, upcasters: [] },
  MemberRolesChanged: { message: eventsV1.MemberRolesChanged, upcasters: [] },
  MemberRemoved: { message: eventsV1.MemberRemoved, upcasters: [] },
  ChangeProposed: { message: eventsV1.ChangeProposed, upcasters: [] },
  ProposalApproved: { message: eventsV1.ProposalApproved, upcasters: [] },
  ProposalRejected: { message: eventsV1.ProposalRejected, upcasters: [] },
  ProposalExpired: { message: eventsV1.ProposalExpired, upcasters: [] },
  ProposalCarriedOut: { message: eventsV1.ProposalCarriedOut, upcasters: [] },
  ProposalFailed: { message: eventsV1.ProposalFailed, upcasters: [] },
  ApiKeyIssued: { message: eventsV1.ApiKeyIssued, upcasters: [] },
  ApiKeyRotated: { message: eventsV1.ApiKeyRotated, upcasters: [] },
  ApiKeyLimitsChanged: { message: eventsV1.ApiKeyLimitsChanged, upcasters: [] },
  ApiKeyModelsChanged: { message: eventsV1.ApiKeyModelsChanged, upcasters: [] },
  ApiKeyRevoked: { message: eventsV1.ApiKeyRevoked, upcasters: [] },
  BudgetReset: { message: eventsV1.BudgetReset, upcasters: [] },
  PeriodClosed: { message: eventsV1.PeriodClosed, upcasters: [] },
  BudgetExhausted: { message: eventsV1.BudgetExhausted, upcasters: [] },
  BudgetThresholdCrossed: { message: eventsV1.BudgetThresholdCrossed, upcasters: [] },
  LeaseQuarantined: { message: eventsV1.LeaseQuarantined, upcasters: [] },
  QuarantineReleased: { message: eventsV1.QuarantineReleased, upcasters: [] },
  BudgetRecovered: { message: eventsV1.BudgetRecovered, upcasters: [] },
  DoubtWaived: { message: eventsV1.DoubtWaived, upcasters: [] },
  WebhookAdded: { message: eventsV1.WebhookAdded, upcasters: [] },
  WebhookRemoved: { message: eventsV1.WebhookRemoved, upcasters: [] },
  WebhookSecretRotated: { message: eventsV1.WebhookSecretRotated, upcasters: [] },
  WebhookDisabled: { message: eventsV1.WebhookDisabled, upcasters: [] },
  WebhookEnabled: { message: eventsV1.WebhookEnabled, upcasters: [] },
  UsageAdjusted: { message: eventsV1.UsageAdjusted, upcasters: [] },
  HoldExceeded: { message: eventsV1.HoldExceeded, upcasters: [] },
};

/** The published language: how every service's events are stored, and how they travel. */
export const EVENTS = new EventLanguage(SHAPES);
