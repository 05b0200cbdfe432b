import {
  findPage,
  type OrganizationId,
  type Page,
  type PageRequest,
  type WebhookId,
} from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ListedWebhook, Webhooks } from './webhook.ports';

export class ListWebhooksQuery extends Query<Page<ListedWebhook, WebhookId>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly page: PageRequest<WebhookId>,
  ) {
    super();
  }
}

@QueryHandler(ListWebhooksQuery)
export class ListWebhooksHandler implements IQueryHandler<ListWebhooksQuery> {
  constructor(private readonly webhooks: Webhooks) {}

  execute({ organizationId, page }: ListWebhooksQuery): Promise<Page<ListedWebhook, WebhookId>> {
    return findPage<ListedWebhook, WebhookId>(
      page,
      (request) => this.webhooks.list(organizationId, request),
      ({ webhook }) => webhook.id,
    );
  }
}
