import { Clock, type OrganizationId, type WebhookId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Asked } from '../../domain/lease/lease.events';
import { present, rotateSecret } from '../../domain/webhook/webhook';
import { secretMadeBy, type WebhookWithSecret } from './add-webhook.handler';
import { Webhooks, WebhookSecrets } from './webhook.ports';

export class RotateWebhookSecretCommand extends Command<WebhookWithSecret> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly id: WebhookId,
    readonly asked: Asked,
  ) {
    super();
  }
}

@CommandHandler(RotateWebhookSecretCommand)
export class RotateWebhookSecretHandler implements ICommandHandler<RotateWebhookSecretCommand> {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
  ) {}

  async execute({ organizationId, id, asked }: RotateWebhookSecretCommand): Promise<WebhookWithSecret> {
    const { url, secrets } = present(await this.webhooks.find(organizationId, id));
    const version = (secrets[0]?.version ?? 0) + 1;
    const { sealed } = await this.secrets.make({ organizationId, webhookId: id, version, url });
    const webhook = await this.webhooks.change(organizationId, id, (known) =>
      rotateSecret({ version, sealed, asked }, known, this.clock.now()),
    );
    const secret = await secretMadeBy(this.secrets, webhook, asked.requestId);
    return { webhook, waiting: await this.webhooks.waiting(id), secret };
  }
}
