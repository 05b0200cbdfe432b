import { Approvals } from '@gatehouse/approval';
import type { OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { ApprovalSetting } from './change-approval.handler';

export class GetApprovalQuery extends Query<ApprovalSetting> {
  constructor(readonly organizationId: OrganizationId) {
    super();
  }
}

@QueryHandler(GetApprovalQuery)
export class GetApprovalHandler implements IQueryHandler<GetApprovalQuery> {
  constructor(private readonly approvals: Approvals) {}

  async execute({ organizationId }: GetApprovalQuery): Promise<ApprovalSetting> {
    return { organizationId, required: await this.approvals.requiredBy(organizationId) };
  }
}
