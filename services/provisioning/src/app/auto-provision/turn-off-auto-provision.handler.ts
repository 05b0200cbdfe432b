import { BEFORE_FIRST, type EventMetadata, type Revision } from '@gatehouse/event-store';
import { Clock, type IntegrationId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { liveIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { AutoProvisionStreams } from './auto-provision-streams';
import { AutoProvisions } from './auto-provision.ports';
import { type AutoProvisionView, autoProvisionView } from './auto-provision.view';

export class TurnOffAutoProvisionCommand extends Command<Answered<AutoProvisionView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly integrationId: IntegrationId,
    readonly expectedRevision: Revision | undefined,
    /** True when the caller says that the integration exists, and where: it is then waited for. */
    readonly awaitIntegration: boolean,
  ) {
    super();
  }
}

@CommandHandler(TurnOffAutoProvisionCommand)
export class TurnOffAutoProvisionHandler implements ICommandHandler<TurnOffAutoProvisionCommand> {
  constructor(
    private readonly policies: AutoProvisionStreams,
    private readonly autoProvisions: AutoProvisions,
    private readonly integrations: Integrations,
    private readonly clock: Clock,
  ) {}

  async execute(command: TurnOffAutoProvisionCommand): Promise<Answered<AutoProvisionView>> {
    const { metadata, integrationId, expectedRevision, awaitIntegration } = command;
    const about = { organizationId: metadata.organizationId, integrationId };
    const { slug } = await liveIntegration(this.integrations, this.clock, { ...about, awaitIntegration });
    const isAwaited = await this.autoProvisions.cameWith(integrationId);
    if (!isAwaited && (await this.policies.find(integrationId)) === undefined) {
      return { view: autoProvisionView({ ...about, slug }, undefined), position: BEFORE_FIRST };
    }
    const turnOff = { type: 'TurnOffAutoProvision', ...about, isAwaited } as const;
    const answer = await this.policies.decide(integrationId, turnOff, { metadata, expectedRevision });
    return { view: autoProvisionView({ ...about, slug }, answer), position: answer.position };
  }
}
