import type { Clock, EventId, OrganizationId, PageRequest, WebhookId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import type { PoolClient } from 'pg';
import { type Delivery, type ListedWebhook, Webhooks } from '../../app/webhook/webhook.ports';
import { afterAttempt, type AttemptOutcome, type WebhookTerms } from '../../domain/webhook/after-attempt';
import type { Webhook, WebhookDecided } from '../../domain/webhook/webhook';
import { insertEvents } from './ledger-writes';
import { fromRowWebhook, toRowWebhook, type WebhookDbRow } from './webhook.rows';

const LIST = `
  SELECT w.*, (SELECT count(*)::int FROM metering.webhook_delivery d WHERE d.webhook_id = w.webhook_id) AS waiting
  FROM metering.webhook w
  WHERE w.organization_id = $1 AND w.status <> 'removed' AND ($2::text IS NULL OR w.webhook_id > $2)
  ORDER BY w.webhook_id LIMIT $3`;

const WAITING = 'SELECT count(*)::int AS waiting FROM metering.webhook_delivery WHERE webhook_id = $1';

const FIND = 'SELECT * FROM metering.webhook WHERE organization_id = $1 AND webhook_id = $2';

const OTHERS = `
  SELECT count(*)::int AS others FROM metering.webhook WHERE organization_id = $1 AND status <> 'removed' AND webhook_id <> $2`;

const PUT = `
  INSERT INTO metering.webhook (webhook_id, organization_id, url, event_types, status, secrets, created_at, delivered, given_up,
    failing_since, last_error, last_delivered_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  ON CONFLICT (webhook_id) DO UPDATE SET status = excluded.status, secrets = excluded.secrets, delivered = excluded.delivered,
    given_up = excluded.given_up, failing_since = excluded.failing_since, last_error = excluded.last_error,
    last_delivered_at = excluded.last_delivered_at`;

const CLAIM_MS = 30_000;

/** Of two processes that find the same, the second sees what the first has written. */
const CLAIM = `
  UPDATE metering.webhook_delivery d SET next_at = $2, attempts = d.attempts + 1
  FROM (
    SELECT w AS webhook, due.webhook_id, due.event_id FROM metering.webhook w CROSS JOIN LATERAL (
      SELECT webhook_id, event_id FROM metering.webhook_delivery
      WHERE webhook_id = w.webhook_id AND next_at <= $1 ORDER BY next_at, created_at LIMIT 1
    ) AS due
    WHERE w.status = 'enabled' AND w.webhook_id <> ALL ($3) LIMIT $4
  ) AS due
  WHERE d.webhook_id = due.webhook_id AND d.event_id = due.event_id AND d.next_at <= $1
  RETURNING d.event_id, d.body, d.attempts, (due.webhook).*`;

const GIVE_BACK = `
  UPDATE metering.webhook_delivery SET next_at = $3, attempts = attempts - 1 WHERE webhook_id = $1 AND event_id = $2 AND attempts = $4`;

const TRY_AGAIN = `
  UPDATE metering.webhook_delivery SET next_at = $3 WHERE webhook_id = $1 AND event_id = $2`;

const DONE = 'DELETE FROM metering.webhook_delivery WHERE webhook_id = $1 AND event_id = $2';

export interface WebhooksOptions {
  readonly pool: PgPool;
  readonly clock: Clock;
  readonly terms: WebhookTerms;
  /** Called when events were decided that the event store does not have yet. */
  readonly onEvents: () => void;
}

export class PostgresWebhooks extends Webhooks {
  constructor(private readonly options: WebhooksOptions) {
    super();
  }

  async list(
    organizationId: OrganizationId,
    { after, size }: PageRequest<WebhookId>,
  ): Promise<readonly ListedWebhook[]> {
    const { rows } = await this.options.pool.query<WebhookDbRow & { waiting: number }>(LIST, [
      ...[organizationId, after ?? null, size],
    ]);
    return rows.map((row) => ({ webhook: fromRowWebhook(row), waiting: row.waiting }));
  }

  async find(organizationId: OrganizationId, id: WebhookId): Promise<Webhook | undefined> {
    const { rows } = await this.options.pool.query<WebhookDbRow>(FIND, [organizationId, id]);
    return rows[0] && fromRowWebhook(rows[0]);
  }

  async waiting(id: WebhookId): Promise<number> {
    const { rows } = await this.options.pool.query<{ waiting: number }>(WAITING, [id]);
    return rows[0]?.waiting ?? 0;
  }

  async change(
    organizationId: OrganizationId,
    id: WebhookId,
    decide: (known: Webhook | undefined, others: number) => WebhookDecided,
  ): Promise<Webhook> {
    const decided = await this.options.pool.inTransaction(async (tx) => {
      // Their number is bounded: one is added after the other.
      await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryKey(`webhooks of ${organizationId}`)]);
      const { rows } = await tx.query<WebhookDbRow>(`${FIND} FOR UPDATE`, [organizationId, id]);
      const counted = await tx.query<{ others: number }>(OTHERS, [organizationId, id]);
      const made = decide(rows[0] && fromRowWebhook(rows[0]), counted.rows[0]?.others ?? 0);
      await put(tx, made);
      return made;
    });
    if (decided.events.length > 0) this.options.onEvents();
    return decided.webhook;
  }

  async claim(atMost: number, except: readonly WebhookId[]): Promise<readonly Delivery[]> {
    const now = this.options.clock.now();
    const until = new Date(now.getTime() + CLAIM_MS);
    const { rows } = await this.options.pool.query<ClaimedDbRow>(CLAIM, [now, until, except, atMost]);
    return rows.map((row) => ({
      webhook: fromRowWebhook(row),
      ...{ eventId: row.event_id, body: row.body, attempts: row.attempts },
    }));
  }

  async giveBack({ webhook, eventId, attempts }: Delivery): Promise<void> {
    const { pool, clock } = this.options;
    await pool.query(GIVE_BACK, [webhook.id, eventId, clock.now(), attempts]);
  }

  async attempted({ webhook, eventId, attempts }: Delivery, outcome: AttemptOutcome): Promise<void> {
    const { pool, clock, terms } = this.options;
    const events = await pool.inTransaction(async (tx) => {
      const of = [webhook.organizationId, webhook.id];
      const { rows } = await tx.query<WebhookDbRow>(`${FIND} AND status <> 'removed' FOR UPDATE`, of);
      if (!rows[0]) return 0;
      const after = afterAttempt(fromRowWebhook(rows[0]), attempts, outcome, clock.now(), terms);
      await put(tx, after);
      if (after.nextAt) await tx.query(TRY_AGAIN, [webhook.id, eventId, after.nextAt]);
      else await tx.query(DONE, [webhook.id, eventId]);
      return after.events.length;
    });
    if (events > 0) this.options.onEvents();
  }
}

type ClaimedDbRow = WebhookDbRow & { event_id: EventId; body: string; attempts: number };

/** With one that is removed goes what waits to be sent to it. */
const put = async (tx: PoolClient, { webhook, events }: WebhookDecided): Promise<void> => {
  await tx.query(PUT, toRowWebhook(webhook));
  await Promise.all(insertEvents(tx, events));
  if (webhook.status === 'removed')
    await tx.query('DELETE FROM metering.webhook_delivery WHERE webhook_id = $1', [webhook.id]);
};
