import type { OrganizationId, ReratingId } from '@gatehouse/kernel';
import type { LimitMoved } from '../../domain/adjustment/adjust-usage';
import type {
  ModelPrices,
  Rerating,
  ReratingApproval,
  WantedRerating,
} from '../../domain/adjustment/rerating';
import type { RerateTally } from '../../domain/adjustment/rerate-tally';
import type { RerateTerms } from '../../domain/adjustment/rerate-terms';

/** Which price book: by its version, or the one that was in force then. */
export type PriceBookNamed = { readonly version: bigint } | { readonly at: Date };

/** What models of integrations cost, as the registry says it. */
export abstract class PriceBooks {
  /**
   * By a book, the one in force where none is named, and by integrations' own prices of now. NOT_FOUND `PRICE_BOOK_UNKNOWN`; UNAVAILABLE.
   */
  abstract priced(
    organizationId: OrganizationId,
    named: PriceBookNamed | undefined,
    models: readonly { readonly integrationId: string; readonly model: string }[],
  ): Promise<{ readonly version: bigint; readonly prices: ModelPrices }>;
}

/** What a rerating would do. */
export interface ReratingLook {
  readonly tally: RerateTally;
  /** By limit and period, the most first. */
  readonly limits: readonly LimitMoved[];
  /** By how much it would lower what limits have spent: of each attempt the most of one limit. */
  readonly lowers: bigint;
  /** Undefined: all was looked at. Else as far back as this, the newest first. */
  readonly lookedFrom: Date | undefined;
}

/** Records that are rated anew. */
export abstract class Reratings {
  abstract find(organizationId: OrganizationId, id: ReratingId): Promise<Rerating | undefined>;
  /** One that is there already stays as it is. Answers which stands. */
  abstract keep(
    wanted: WantedRerating,
    as: { readonly status: 'proposed' | 'running'; readonly approval: ReratingApproval },
  ): Promise<Rerating>;
  /** Has one that is proposed begin; one that has begun stays as it is. NOT_FOUND `RERATING_UNKNOWN`. */
  abstract approve(
    organizationId: OrganizationId,
    id: ReratingId,
    approved: { readonly lowersMax: bigint; readonly causationId: string },
  ): Promise<void>;
  /** Looks at a page of records after another while it may, and changes nothing. */
  abstract look(terms: RerateTerms, prices: ModelPrices, mayLook: () => boolean): Promise<ReratingLook>;
  /**
   * Rates the next batch of one that is running, in one transaction. False where there is none, or another process is at it. What throws is
   * tried again later, others meanwhile; in the end it is given up.
   */
  abstract carryOn(): Promise<boolean>;
}
