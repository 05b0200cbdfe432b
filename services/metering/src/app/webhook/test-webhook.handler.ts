import { Clock, deriveEventId, type OrganizationId, type WebhookId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { afterTest, type AttemptOutcome } from '../../domain/webhook/after-attempt';
import { present } from '../../domain/webhook/webhook';
import { sendNotification } from './send-notification';
import { Webhooks, WebhookSecrets, WebhookSender } from './webhook.ports';

export class TestWebhookCommand extends Command<AttemptOutcome> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly id: WebhookId,
  ) {
    super();
  }
}

/** Sends one notification that tells of nothing. NOT_FOUND `WEBHOOK_UNKNOWN`. */
@CommandHandler(TestWebhookCommand)
export class TestWebhookHandler implements ICommandHandler<TestWebhookCommand> {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
  ) {}

  async execute({ organizationId, id }: TestWebhookCommand): Promise<AttemptOutcome> {
    const { secrets, sender, clock } = this;
    const webhook = present(await this.webhooks.find(organizationId, id));
    const timestamp = clock.now().toISOString();
    const eventId = deriveEventId('webhook.test', id, timestamp);
    const body = JSON.stringify({ type: 'webhook.test', timestamp, data: { organizationId, webhookId: id } });
    const { signal } = new AbortController();
    const outcome = await sendNotification({ secrets, sender, clock }, webhook, { eventId, body }, signal);
    await this.webhooks.change(organizationId, id, (known) => afterTest(present(known), outcome));
    return outcome;
  }
}
