import { ApprovalSettings } from '@gatehouse/approval';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RerateTerms } from '../../domain/adjustment/rerate-terms';
import { Rating } from './rating';
import type { PriceBookNamed, ReratingLook } from './rerating.ports';

export interface ReratingPreview extends ReratingLook {
  readonly priceBookVersion: bigint;
  /** It would become a proposal, or be refused as too large for one. */
  readonly needsApproval: boolean;
}

export class PreviewReratingQuery extends Query<ReratingPreview> {
  constructor(
    readonly terms: RerateTerms,
    /** Undefined: the one in force. */
    readonly book: PriceBookNamed | undefined,
  ) {
    super();
  }
}

@QueryHandler(PreviewReratingQuery)
export class PreviewReratingHandler implements IQueryHandler<PreviewReratingQuery> {
  constructor(
    private readonly rating: Rating,
    private readonly approvals: ApprovalSettings,
  ) {}

  async execute({ terms, book }: PreviewReratingQuery): Promise<ReratingPreview> {
    const { priceBookVersion, prices } = await this.rating.priced(terms, book);
    const look = await this.rating.look(terms, prices);
    const mayNeed = look.lowers > 0n || look.lookedFrom !== undefined;
    const needsApproval = mayNeed && (await this.approvals.requiredBy(terms.organizationId));
    return { ...look, priceBookVersion, needsApproval };
  }
}
