import type { EventMetadata } from '@gatehouse/event-store';
import type { OrganizationId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { OrganizationStreams } from './organization-streams';

/** Whether what lets more be spent or called wants a second admin. */
export interface ApprovalSetting {
  readonly organizationId: OrganizationId;
  readonly required: boolean;
}

export class ChangeApprovalCommand extends Command<Answered<ApprovalSetting>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly required: boolean,
  ) {
    super();
  }
}

@CommandHandler(ChangeApprovalCommand)
export class ChangeApprovalHandler implements ICommandHandler<ChangeApprovalCommand> {
  constructor(private readonly organizations: OrganizationStreams) {}

  async execute({ metadata, required }: ChangeApprovalCommand): Promise<Answered<ApprovalSetting>> {
    const { organizationId } = metadata;
    const command = { type: 'ChangeApproval', required } as const;
    const { state, position } = await this.organizations.decide(organizationId, command, { metadata });
    const stands = state.status === 'created' && state.approvalRequired;
    return { view: { organizationId, required: stands }, position };
  }
}
