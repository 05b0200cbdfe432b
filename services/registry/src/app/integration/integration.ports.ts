import type { Position } from '@gatehouse/event-store';
import type {
  ApiKeyId,
  IntegrationId,
  OrganizationId,
  PageRequest,
  ProposalId,
  ProvisionId,
  WorkspaceId,
  KeyedPlace,
} from '@gatehouse/kernel';
import type { CredentialFields, SealedCredential, WrappedDataKey } from '@gatehouse/sealing';
import type { ConnectRefusal } from '../../domain/integration/integration';
import type { Provider } from '../../domain/integration/provider';
import type { Slug } from '../../domain/slug/slug';
import type { IntegrationView } from './integration-streams';

/** The catalog of providers. */
export abstract class ProviderCatalog {
  /** In order of name. */
  abstract list(): readonly Provider[];
  abstract find(name: string): Provider | undefined;
}

/** Tells two credentials of an organization apart and reveals neither: 16 hex digits of a keyed hash. */
export abstract class CredentialFingerprinter {
  abstract of(organizationId: OrganizationId, fields: CredentialFields): string;
}

/** A row that no event is known to have made current. */
export interface UnconfirmedSecret {
  readonly secretId: string;
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
}

/** One that is to be looked at. */
export interface AgingSecret extends UnconfirmedSecret {
  readonly sealedAt: Date;
}

/** A row of the vault. */
export interface KeptSecret {
  readonly secretId: string;
  readonly sealed: SealedCredential;
}

/** What a credential waits for that somebody else is to approve. */
export interface AwaitedApproval {
  /** From then on it waits in vain. */
  readonly until: Date;
  /** Undefined until it is proposed. */
  readonly proposalId: ProposalId | undefined;
}

/** A row that waits for an approval. */
export interface AwaitingSecret extends AwaitedApproval {
  readonly secretId: string;
}

/**
 * Sealed credentials. Rows are destroyed for good, never overwritten; only their wraps are replaced. One may wait for an approval:
 * once it was taken or confirmed it does so no more, whatever is said.
 */
export abstract class CredentialVault {
  /**
   * Keeps a sealed credential; a row of the same id stays as it is.
   * @param awaitingUntil it waits for an approval, and so long. Absent: it does not, whether or not it was here before.
   */
  abstract keep(secretId: string, sealed: SealedCredential, at: Date, awaitingUntil?: Date): Promise<void>;
  /** It waits for an approval. */
  abstract awaitApproval(secretId: string, awaited: AwaitedApproval): Promise<void>;
  /** At most 500 of those that wait, the soonest to end first, from after that one. */
  abstract awaitingApproval(after?: AwaitingSecret): Promise<readonly AwaitingSecret[]>;
  /** It was approved, and an event is about to make it current. Answers whether it is there still. */
  abstract take(secretId: string): Promise<boolean>;
  /** Destroys a row that nobody took or confirmed. */
  abstract destroyUnapproved(secretId: string): Promise<void>;
  abstract find(secretId: string): Promise<SealedCredential | undefined>;
  /** An event made the row current. Destroys the integration's other rows up to its version. */
  abstract confirm(secret: UnconfirmedSecret): Promise<void>;
  abstract destroy(secretId: string): Promise<void>;
  /** Destroys every row of an integration. */
  abstract destroyAll(integrationId: IntegrationId): Promise<void>;
  /** Replaces the wrap of a data key, where it is still for the first key. Answers whether it did. */
  abstract rewrap(secretId: string, fromKeyId: string, wrapped: WrappedDataKey): Promise<boolean>;
  /** At most 500, oldest first, from after that one, and none that waits for an approval. */
  abstract unconfirmedBefore(at: Date, after?: AgingSecret): Promise<readonly AgingSecret[]>;
}

/** A slug that is held by a connection which is not recorded yet. */
export interface Reservation {
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly integrationId: IntegrationId;
}

/**
 * A change of what is reserved, by the event at a position: begun, or ended by the connection's record or by the slug's
 * release.
 */
export interface ReservationChange {
  readonly kind: 'begun' | 'ended';
  readonly reservation: Reservation;
  readonly position: Position;
  readonly at: Date;
}

/** What the cleanup process remembers: how far it has followed the log, and which reservations are open. */
export abstract class CleanupMemory {
  /** BEFORE_FIRST when nothing was followed yet. */
  abstract checkpoint(): Promise<Position>;
  /**
   * Applies the changes and moves the checkpoint, in one transaction. What another process has applied already is passed
   * over, and the checkpoint never goes back.
   */
  abstract advance(changes: readonly ReservationChange[], checkpoint: Position): Promise<void>;
  /** Reservations that are open since before the given time, at most 500, oldest first. */
  abstract openSince(before: Date): Promise<readonly Reservation[]>;
}

/** How many workspaces have an integration. */
export interface ProvisionCounts {
  readonly workspaces: number;
  readonly enabled: number;
}

/** Which workspaces have an integration that are not archived, as far as provisioning has told. Everything is asked within one organization. */
export abstract class ProvisionDirectory {
  abstract of(
    organizationId: OrganizationId,
    id: IntegrationId,
  ): Promise<{
    readonly provisionIds: readonly ProvisionId[];
    /** How many keys of their workspaces are not revoked. */
    readonly apiKeys: number;
  }>;
  /** How many workspaces have each of these, and have it enabled; what none has is not in it. */
  abstract countsOf(
    organizationId: OrganizationId,
    ids: readonly IntegrationId[],
  ): Promise<ReadonlyMap<string, ProvisionCounts>>;
  /** The workspaces that may call models of it, by model, at most 100 of each, in order of id. */
  abstract callersOf(
    organizationId: OrganizationId,
    id: IntegrationId,
    models: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** The workspaces of organizations, as far as provisioning has told. */
export abstract class WorkspaceDirectory {
  /** Those of these that are the organization's. */
  abstract known(organizationId: OrganizationId, ids: readonly WorkspaceId[]): Promise<ReadonlySet<string>>;
  /** Who says that a workspace's admins may not connect integrations for it; undefined where they may, as is so unsaid. */
  abstract forbidsConnecting(
    organizationId: OrganizationId,
    id: WorkspaceId,
  ): Promise<'organization' | 'workspace' | undefined>;
}

/** What became of the workspaces that a connecting integration was connected with. */
export interface ConnectOutcome {
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** Undefined where all of them have it. */
  readonly refusal: ConnectRefusal | undefined;
}

/** What provisioning has told of integrations that are connecting still. */
export abstract class ConnectOutcomes {
  /** At most 100. */
  abstract open(): Promise<readonly ConnectOutcome[]>;
}

/** How often provisions were called. */
export abstract class CallCounts {
  /** Attempts since the day, UTC, `YYYY-MM-DD`; undefined where it cannot be learned now. */
  abstract since(
    day: string,
    organizationId: OrganizationId,
    provisionIds: readonly ProvisionId[],
  ): Promise<bigint | undefined>;
}

/** By what integrations can be listed, the first where nothing is said. */
export const INTEGRATION_ORDERS = ['connected_at', 'name', 'slug'] as const;

/** Which integrations are listed, and in which order. What is absent leaves none out. */
export interface IntegrationSelection {
  readonly provider: string | undefined;
  /** Undefined: all but the deleted. */
  readonly status: IntegrationView['status'] | undefined;
  /** Is contained in the name or the slug, whatever the case. */
  readonly search: string | undefined;
  /** Only those that whoever is behind this key connected. */
  readonly mine: ApiKeyId | undefined;
  /** Whose they are. */
  readonly owner: 'organization' | 'workspace' | undefined;
  /** Who has them. */
  readonly workspaceId: WorkspaceId | undefined;
  readonly order: {
    readonly by: (typeof INTEGRATION_ORDERS)[number];
    readonly descending: boolean;
  };
}

/** An integration and its place in a list. */
export interface ListedIntegration {
  readonly view: IntegrationView;
  readonly cursor: KeyedPlace;
}

/** The directory of integrations, as its projection has it. Everything is asked within one organization. */
export abstract class IntegrationDirectory {
  /**
   * Waits until a position is visible; the empty text waits for nothing. Errors: INVALID `POSITION_MALFORMED`,
   * UNAVAILABLE `PROJECTION_BEHIND`.
   */
  abstract waitFor(atLeastPosition: string): Promise<void>;
  /** Deleted ones too. */
  abstract find(organizationId: OrganizationId, id: IntegrationId): Promise<IntegrationView | undefined>;
  /** The same of many; those that are not found are left out, in no order. */
  abstract findAll(
    organizationId: OrganizationId,
    ids: readonly IntegrationId[],
  ): Promise<readonly IntegrationView[]>;
  /** Of those that are not deleted. */
  abstract findBySlug(organizationId: OrganizationId, slug: Slug): Promise<IntegrationView | undefined>;
  /** Those after the cursor, in the order of the selection. */
  abstract list(
    organizationId: OrganizationId,
    selection: IntegrationSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<readonly ListedIntegration[]>;
  /** How many are selected in all. */
  abstract count(organizationId: OrganizationId, selection: IntegrationSelection): Promise<number>;
}
