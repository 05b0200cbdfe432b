import type { OrganizationId, WebhookId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Asked } from '../../domain/lease/lease.events';
import { removeWebhook } from '../../domain/webhook/webhook';
import { Webhooks } from './webhook.ports';

export class RemoveWebhookCommand extends Command<void> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly id: WebhookId,
    readonly asked: Asked,
  ) {
    super();
  }
}

@CommandHandler(RemoveWebhookCommand)
export class RemoveWebhookHandler implements ICommandHandler<RemoveWebhookCommand> {
  constructor(private readonly webhooks: Webhooks) {}

  async execute({ organizationId, id, asked }: RemoveWebhookCommand): Promise<void> {
    await this.webhooks.change(organizationId, id, (known) => removeWebhook(known, asked));
  }
}
