import * as eventsV1 from './events-v1';

/** What the published language needs of a generated message. */
export interface EventMessage {
  encode(message: never): { finish(): Uint8Array };
  decode(input: Uint8Array): unknown;
  fromJSON(object: unknown): unknown;
  toJSON(message: never): unknown;
}

/** Event type → message. An event is stored as the message's JSON and travels on the bus as its binary form. */
export const EVENT_MESSAGES: ReadonlyMap<string, EventMessage> = new Map<string, EventMessage>(
  Object.entries({
    SlugReserved: eventsV1.SlugReserved,
    SlugReleased: eventsV1.SlugReleased,
    IntegrationConnected: eventsV1.IntegrationConnected,
    IntegrationConnectAbandoned: eventsV1.IntegrationConnectAbandoned,
    CredentialRotated: eventsV1.CredentialRotated,
    IntegrationDeleted: eventsV1.IntegrationDeleted,
    OrganizationCreated: eventsV1.OrganizationCreated,
    WorkspaceNameReserved: eventsV1.WorkspaceNameReserved,
    WorkspaceCreated: eventsV1.WorkspaceCreated,
    WorkspaceLimitsChanged: eventsV1.WorkspaceLimitsChanged,
    IntegrationProvisioned: eventsV1.IntegrationProvisioned,
    ProvisionLimitsChanged: eventsV1.ProvisionLimitsChanged,
    ModelsAllowed: eventsV1.ModelsAllowed,
    ProvisionEnabled: eventsV1.ProvisionEnabled,
    ProvisionDisabled: eventsV1.ProvisionDisabled,
    ApiKeyIssued: eventsV1.ApiKeyIssued,
    ApiKeyRevoked: eventsV1.ApiKeyRevoked,
    BudgetThresholdCrossed: eventsV1.BudgetThresholdCrossed,
    LeaseQuarantined: eventsV1.LeaseQuarantined,
    HoldExceeded: eventsV1.HoldExceeded,
  }),
);
