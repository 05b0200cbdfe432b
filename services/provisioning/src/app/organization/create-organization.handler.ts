import type { EventMetadata } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { OrganizationStreams } from './organization-streams';
import { type OrganizationView, organizationView } from './organization.view';

/** The metadata's organization is the one to be created: its id derives from the request. */
export class CreateOrganizationCommand extends Command<Answered<OrganizationView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly name: string,
  ) {
    super();
  }
}

@CommandHandler(CreateOrganizationCommand)
export class CreateOrganizationHandler implements ICommandHandler<CreateOrganizationCommand> {
  constructor(private readonly organizations: OrganizationStreams) {}

  async execute({ metadata, name }: CreateOrganizationCommand): Promise<Answered<OrganizationView>> {
    const { organizationId } = metadata;
    const command = { type: 'CreateOrganization', organizationId, name } as const;
    const answer = await this.organizations.decide(organizationId, command, { metadata });
    return { view: organizationView(answer), position: answer.position };
  }
}
