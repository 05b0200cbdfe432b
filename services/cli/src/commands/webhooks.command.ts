import { meteringV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

/** `webhooks list|add|remove|test|rotate-secret`. */
export const addWebhookCommands = (program: Command, act: Act): void => {
  const webhooks = program
    .command('webhooks')
    .description('where the organization is told of its budgets, signed as Standard Webhooks has it');
  webhooks
    .command('list', { isDefault: true })
    .description('list them, with what has become of what was sent')
    .action(act(list));
  withChangeOptions(
    webhooks
      .command('add')
      .description('have a URL told; its secret is shown once')
      .argument('<url>')
      .option('--event <type...>', 'only these, e.g. budget.exhausted; all by default'),
  ).action(act(add));
  withChangeOptions(
    webhooks.command('remove').description('tell a URL nothing more').argument('<webhook>', 'its id'),
  ).action(act(remove));
  webhooks
    .command('test')
    .description('send it a webhook.test now; one that was disabled is told again once it answers')
    .argument('<webhook>', 'its id')
    .action(act(test));
  withChangeOptions(
    webhooks
      .command('rotate-secret')
      .description('give it another secret; for a day all is signed by the one before too')
      .argument('<webhook>', 'its id'),
  ).action(act(rotate));
};

const HEAD = [
  'webhook',
  'url',
  'events',
  'state',
  'taken',
  'waiting',
  'given up',
  'failing since',
  'last error',
];

const rowOf = (webhook: meteringV1.Webhook): readonly string[] => [
  webhook.webhookId,
  webhook.url,
  webhook.eventTypes.join(', ') || 'all',
  meteringV1.WebhookState[webhook.state].toLowerCase(),
  String(webhook.delivered),
  String(webhook.waiting),
  String(webhook.givenUp),
  webhook.failingSince?.toISOString() ?? '',
  webhook.lastError,
];

const list = async ({ connection, output }: Session): Promise<void> => {
  const client = connection.webhooks();
  const webhooks = await allPages(
    (pageToken) => client.listWebhooks({ pageSize: 100, pageToken }),
    (page) => page.webhooks,
  );
  output.answer({ webhooks: webhooks.map(meteringV1.Webhook.toJSON) }, HEAD, webhooks.map(rowOf));
};

interface AddOptions extends ChangeOptions {
  readonly event?: readonly string[];
}

const add = async (session: Session, options: AddOptions, url: string): Promise<void> => {
  const { requestId, reason, event = [] } = options;
  const request = { requestId, reason, url, eventTypes: [...event] };
  tell(session, await session.connection.webhooks().addWebhook(request));
};

const rotate = async (session: Session, options: ChangeOptions, webhookId: string): Promise<void> => {
  const { requestId, reason } = options;
  const request = { requestId, reason, webhookId };
  tell(session, await session.connection.webhooks().rotateWebhookSecret(request));
};

const tell = (
  { output }: Session,
  { webhook, secret }: meteringV1.AddWebhookResponse | meteringV1.RotateWebhookSecretResponse,
): void => {
  if (!webhook) return;
  output.answer({ webhook: meteringV1.Webhook.toJSON(webhook), secret }, HEAD, [rowOf(webhook)]);
  output.note(
    secret === '' ? 'Its secret was changed since, and is not shown again.' : `Secret, shown once: ${secret}`,
  );
};

const remove = async (
  { connection, output }: Session,
  { requestId, reason }: ChangeOptions,
  webhookId: string,
): Promise<void> => {
  await connection.webhooks().removeWebhook({ requestId, reason, webhookId });
  output.answer({ webhookId }, ['removed'], [[webhookId]]);
};

const test = async ({ connection, output }: Session, _options: object, webhookId: string): Promise<void> => {
  const { delivered, error } = await connection.webhooks().testWebhook({ webhookId });
  output.answer({ delivered, error }, ['taken', 'error'], [[delivered ? 'yes' : 'no', error]]);
};
