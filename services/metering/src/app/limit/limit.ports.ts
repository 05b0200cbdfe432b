import type { MadeProposal } from '@gatehouse/approval';
import type {
  ApiKeyId,
  LimitId,
  OrganizationId,
  PageRequest,
  ReratingId,
  WorkspaceId,
} from '@gatehouse/kernel';
import type { WantedRerating } from '../../domain/adjustment/rerating';
import type { RerateTally } from '../../domain/adjustment/rerate-tally';
import type { LedgerRow } from '../../domain/ledger/ledger-row';
import type { Asked } from '../../domain/lease/lease.events';
import type { AttemptAsked } from '../usage/usage.ports';
import type { LimitInForce } from '../../domain/limit/limit-in-force';

export interface LimitFilter {
  readonly organizationId: OrganizationId;
  /** Only the limits of this workspace, of its provisions and of its keys; of those of this key alone, where one is named. */
  readonly within?: { readonly workspaceId: WorkspaceId; readonly apiKeyId?: ApiKeyId };
  /** Only the limits of these, whatever their kinds. */
  readonly scopeIds?: readonly string[];
  /** Only this limit. */
  readonly limitId?: LimitId;
}

/** After which limit a page begins: the order is by kind of scope, scope and limit. */
export interface LimitCursor {
  readonly scopeKind: string;
  readonly scopeId: string;
  readonly limitId: string;
}

/** A reset that wants somebody else's approval. */
export interface WantedReset {
  readonly organizationId: OrganizationId;
  readonly limitId: LimitId;
  /** Of the period that it is to end, and of no other. */
  readonly periodStart: Date;
  /** By a key of the organization. */
  readonly asked: Asked;
}

/** What was charged and not billed, and wants somebody else's approval to be spent once more. */
export type WantedCorrection = {
  readonly organizationId: OrganizationId;
  /** By a key of the organization. */
  readonly asked: Asked;
} & (
  | { readonly kind: 'waiver'; readonly limitId: LimitId; readonly periodStart: Date; readonly doubt: bigint }
  /** Of what fell silent before. */
  | { readonly kind: 'release'; readonly limitId: LimitId; readonly silentBefore: Date }
  | {
      readonly kind: 'adjustment';
      readonly attempt: AttemptAsked;
      readonly amount: bigint;
      /** What it was charged; undefined where that was unknown. */
      readonly before: bigint | undefined;
    }
  /** Of what would be done now. */
  | {
      readonly kind: 'rerating';
      readonly wanted: WantedRerating;
      readonly found: RerateTally;
      /** By how much it would lower what limits have spent. */
      readonly lowers: bigint;
    }
);

/** One that somebody else has approved. */
export type ApprovedCorrection =
  | Exclude<WantedCorrection, { readonly kind: 'rerating' }>
  | {
      readonly kind: 'rerating';
      readonly organizationId: OrganizationId;
      readonly reratingId: ReratingId;
      readonly lowersMax: bigint;
      readonly causationId: string;
    };

/** Where proposals are decided on. */
export abstract class ProposalDesk {
  /** The same request is the same proposal, here and below. CONFLICT `REQUEST_ID_REUSED`; UNAVAILABLE. */
  abstract proposeReset(wanted: WantedReset): Promise<MadeProposal>;
  abstract proposeCorrection(wanted: WantedCorrection): Promise<MadeProposal>;
}

/** The limits in force, in order, each with the row of its present period, or of the last before; without one where nothing was ever granted. */
export abstract class LimitAccounts {
  abstract find(
    filter: LimitFilter,
    page: PageRequest<LimitCursor>,
  ): Promise<readonly { readonly inForce: LimitInForce; readonly latest: LedgerRow | undefined }[]>;
}
