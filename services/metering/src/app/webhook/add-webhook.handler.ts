import { Clock } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AddWebhook, addWebhook, madeBy, type Webhook } from '../../domain/webhook/webhook';
import { type ListedWebhook, Webhooks, WebhookSecrets, WebhookSender } from './webhook.ports';

/** A webhook, and the secret that the request has made; empty where another has changed it since. */
export interface WebhookWithSecret extends ListedWebhook {
  readonly secret: string;
}

export class AddWebhookCommand extends Command<WebhookWithSecret> {
  constructor(readonly wanted: Omit<AddWebhook, 'sealed' | 'origin'>) {
    super();
  }
}

/** A repetition answers as the first did. INVALID for a URL that may not be called. */
@CommandHandler(AddWebhookCommand)
export class AddWebhookHandler implements ICommandHandler<AddWebhookCommand> {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
  ) {}

  async execute({ wanted }: AddWebhookCommand): Promise<WebhookWithSecret> {
    const { id, organizationId, url, asked } = wanted;
    if (!(await this.webhooks.find(organizationId, id))) await this.sender.judge(url);
    const { sealed } = await this.secrets.make({ organizationId, webhookId: id, version: 1, url });
    const webhook = await this.webhooks.change(organizationId, id, (known, others) =>
      addWebhook({ ...wanted, sealed, origin: new URL(url).origin }, known, others, this.clock.now()),
    );
    const secret = await secretMadeBy(this.secrets, webhook, asked.requestId);
    return { webhook, waiting: await this.webhooks.waiting(id), secret };
  }
}

export const secretMadeBy = async (
  secrets: WebhookSecrets,
  webhook: Webhook,
  requestId: string,
): Promise<string> => {
  const made = madeBy(webhook, requestId);
  return made?.sealed ? secrets.open(made.sealed, webhook.url) : '';
};
