import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { OrganizationStreams } from './organization-streams';
import { type OrganizationView, organizationView } from './organization.view';

export class SetWorkspacesConnectingCommand extends Command<Answered<OrganizationView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly allowed: boolean,
    readonly expectedRevision: Revision | undefined,
  ) {
    super();
  }
}

@CommandHandler(SetWorkspacesConnectingCommand)
export class SetWorkspacesConnectingHandler implements ICommandHandler<SetWorkspacesConnectingCommand> {
  constructor(private readonly organizations: OrganizationStreams) {}

  async execute(asked: SetWorkspacesConnectingCommand): Promise<Answered<OrganizationView>> {
    const { metadata, allowed, expectedRevision } = asked;
    const command = { type: 'SetWorkspacesConnecting', allowed } as const;
    const options = { metadata, expectedRevision };
    const answer = await this.organizations.decide(metadata.organizationId, command, options);
    return { view: organizationView(answer), position: answer.position };
  }
}
