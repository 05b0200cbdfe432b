import { randomUUID } from 'node:crypto';
import { deriveId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { WebhookReceiver } from '@gatehouse/hosts/testing';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { createPool } from '@gatehouse/postgres';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Pool } from 'pg';
import { MeteringService, OURS } from './testing/metering-service';

const { AddWebhookRequest, WebhookState } = meteringV1;
const WITHIN_MS = 20_000;

describe('webhooks', () => {
  let service: MeteringService;
  let receiver: WebhookReceiver;
  let log: Pool;
  let store: PostgresEventStore;
  let requests = 0;

  beforeAll(async () => {
    service = await MeteringService.start();
    log = createPool(service.database.urlAs('audit'), { name: 'spec' });
    store = new PostgresEventStore(log);
    await service.issueKey('gh_ours', undefined);
    await service.issueKey('gh_w', 'w');
    await eventually(() => service.webhooks().listWebhooks({ pageSize: 0, pageToken: '' }));
  }, 60_000);
  afterAll(async () => {
    await log.end();
    await service.stop();
  });
  beforeEach(async () => {
    receiver = new WebhookReceiver();
    await receiver.start();
  });
  afterEach(async () => {
    for (const { webhookId } of await listed())
      await service.webhooks().removeWebhook({ ...command(), webhookId });
    await receiver.stop();
  });

  const command = (requestId = `request-${++requests}`) => ({ requestId, reason: 'a spec' });
  const listed = async () => (await service.webhooks().listWebhooks({ pageSize: 0, pageToken: '' })).webhooks;
  const add = async (more: Partial<meteringV1.AddWebhookRequest> = {}) => {
    const added = await service
      .webhooks()
      .addWebhook(AddWebhookRequest.fromPartial({ ...command(), url: receiver.url, ...more }));
    receiver.secrets.push(added.secret);
    return { ...added, webhookId: added.webhook?.webhookId ?? '' };
  };
  const decide = (limitId: string, percent: number, fact = randomUUID()) =>
    service.pool.query(
      `INSERT INTO metering.pending_event (event_id, organization_id, stream, type, version, data)
       VALUES ($4, $1, $2, 'BudgetThresholdCrossed', 1, $3)`,
      [OURS, `budget-${limitId}`, JSON.stringify(crossed(limitId, percent)), fact],
    );
  /** Events of budgets, decided as the ledger decides them; answers their ids in the log, in order. */
  const happen = async (count: number): Promise<readonly string[]> => {
    const limitId = deriveId('lim', `of ${++requests}`);
    for (let n = 1; n <= count; n++) await decide(limitId, n);
    return eventually(async () => {
      const events = await store.read(`budget-${limitId}`);
      expect(events).toHaveLength(count);
      return events.map(({ id }) => id);
    }, WITHIN_MS);
  };
  const crossed = (limitId: string, percent: number) => ({
    ...{ limitId, scopeKind: 'SCOPE_KIND_WORKSPACE', scopeId: deriveId('ws', 'w'), percent },
    ...{ periodStart: '2026-11-01T00:00:00.000Z', limit: '100', spent: String(percent) },
  });
  const history = async (webhookId: string) =>
    (await store.read(`webhook-${webhookId}`)).map(({ type }) => type);

  it('tell each event, signed, under its id in the log, to who wants it', async () => {
    const { webhookId } = await add();
    await add({ eventTypes: ['usage.adjusted'] });
    const ids = await happen(3);
    await eventually(() => expect([...receiver.taken.keys()].sort()).toEqual([...ids].sort()), WITHIN_MS);
    expect(receiver.received).toHaveLength(3);
    const [first] = receiver.received;
    expect(first).toMatchObject({
      type: 'budget.threshold_crossed',
      data: { eventId: first?.id, organizationId: OURS, scopeId: deriveId('ws', 'w'), limit: '100' },
    });
    await eventually(async () =>
      expect((await listed()).find((one) => one.webhookId === webhookId)).toMatchObject({
        ...{ delivered: 3n, waiting: 0n, givenUp: 0n, lastError: '', state: WebhookState.ENABLED },
      }),
    );
    expect(await history(webhookId)).toEqual(['WebhookAdded']);
    const [added] = await store.read(`webhook-${webhookId}`);
    expect(added?.data).toEqual({ webhookId, origin: new URL(receiver.url).origin });
    expect(added?.metadata).toMatchObject({ actor: { kind: 'apiKey' }, reason: 'a spec' });
  });

  it('tell a fact once, as it is in the log, however often it is decided', async () => {
    await add();
    const limitId = deriveId('lim', 'decided again');
    const fact = randomUUID();
    for (const percent of [50, 51, 52]) {
      await decide(limitId, percent, fact);
      await eventually(async () => {
        const { rows } = await service.pool.query('SELECT FROM metering.pending_event');
        expect(rows).toEqual([]);
      });
    }
    const [last = ''] = await happen(1);
    const [{ id: only } = { id: '' }] = await store.read(`budget-${limitId}`);
    // In whatever order: nothing is promised of it.
    await eventually(() => expect([...receiver.taken.keys()].sort()).toEqual([only, last].sort()), WITHIN_MS);
    expect(receiver.received.map(({ id, data }) => [id, data['percent']]).sort()).toEqual(
      [
        [only, 50],
        [last, 1],
      ].sort(),
    );
  });

  it('lose nothing to a receiver that refuses some and is down for a while, nor to a restart in between', async () => {
    const { webhookId } = await add();
    const refused = new Set<string>();
    receiver.answer = ({ id }) => (refused.has(id) || refused.size >= 3 ? 204 : (refused.add(id), 503));
    const before = await happen(5);
    await receiver.stop();
    const meanwhile = await happen(5);
    await eventually(async () => expect((await listed())[0]?.lastError).toBe('ECONNREFUSED'), WITHIN_MS);
    await service.restart();
    await eventually(async () => expect((await listed())[0]?.failingSince).toBeInstanceOf(Date));
    await receiver.start();
    const all = [...before, ...meanwhile].sort();
    await eventually(async () => {
      expect([...new Set(receiver.received.map(({ id }) => id))].sort()).toEqual(all);
      expect((await listed())[0]).toMatchObject({ webhookId, delivered: 10n, waiting: 0n });
    }, WITHIN_MS);
    expect((await listed())[0]?.failingSince).toBeUndefined();
  }, 60_000);

  it('disable one that fails for long, say so, and tell it again once it has answered a test', async () => {
    const { webhookId } = await add();
    receiver.answer = () => 500;
    await happen(2);
    await eventually(async () => {
      expect(await history(webhookId)).toEqual(['WebhookAdded', 'WebhookDisabled']);
      expect((await listed())[0]).toMatchObject({
        state: WebhookState.DISABLED,
        lastError: 'HTTP 500',
        waiting: 2n,
      });
    }, 30_000);
    // Nothing is kept for it meanwhile.
    await happen(1);
    expect((await listed())[0]?.waiting).toBe(2n);
    expect(await service.webhooks().testWebhook({ webhookId })).toEqual({
      delivered: false,
      error: 'HTTP 500',
    });
    receiver.answer = () => 200;
    expect(await service.webhooks().testWebhook({ webhookId })).toEqual({ delivered: true, error: '' });
    expect(receiver.received.at(-1)?.type).toBe('webhook.test');
    await eventually(async () =>
      expect(await history(webhookId)).toEqual(['WebhookAdded', 'WebhookDisabled', 'WebhookEnabled']),
    );
    receiver.answer = ({ type }) => (type === 'webhook.test' ? 200 : 410);
    await happen(1);
    await eventually(
      async () => expect((await history(webhookId)).at(-1)).toBe('WebhookDisabled'),
      WITHIN_MS,
    );
  }, 90_000);

  it('have secrets that are told once, sealed, and signed by both for a day after they are changed', async () => {
    const request = AddWebhookRequest.fromPartial({ ...command('once'), url: receiver.url });
    const first = await service.webhooks().addWebhook(request);
    expect(await service.webhooks().addWebhook(request)).toEqual(first);
    const webhookId = first.webhook?.webhookId ?? '';
    const { rows } = await service.pool.query<{ text: string }>(
      'SELECT w::text AS text FROM metering.webhook w',
    );
    for (const { text } of rows) expect(text).not.toContain(first.secret.slice('whsec_'.length));
    const rotate = command('rotated');
    const second = await service.webhooks().rotateWebhookSecret({ ...rotate, webhookId });
    expect(second.secret).not.toBe(first.secret);
    expect(await service.webhooks().rotateWebhookSecret({ ...rotate, webhookId })).toEqual(second);
    expect(second.webhook?.secretVersion).toBe(2);
    receiver.secrets = [first.secret, second.secret];
    await happen(1);
    await eventually(() => expect(receiver.received[0]?.signedBy).toEqual(receiver.secrets), WITHIN_MS);
    for (let more = 0; more < 2; more++)
      await service.webhooks().rotateWebhookSecret({ ...command(), webhookId });
    expect(await service.webhooks().rotateWebhookSecret({ ...rotate, webhookId })).toMatchObject({
      webhook: { secretVersion: 4 },
      secret: '',
    });
    await service.webhooks().removeWebhook({ ...command(), webhookId });
    await expect(service.webhooks().addWebhook(request)).rejects.toMatchObject({ reason: 'WEBHOOK_UNKNOWN' });
    await eventually(async () =>
      expect(await history(webhookId)).toEqual([
        'WebhookAdded',
        ...new Array<string>(3).fill('WebhookSecretRotated'),
        'WebhookRemoved',
      ]),
    );
  });

  it('say what waits, also as their secret is changed', async () => {
    const { webhookId } = await add();
    receiver.answer = () => 500;
    await happen(2);
    const told = { waiting: 2n, lastError: 'HTTP 500' };
    await eventually(async () => expect((await listed())[0]).toMatchObject(told), WITHIN_MS);
    const rotated = await service.webhooks().rotateWebhookSecret({ ...command(), webhookId });
    expect(rotated.webhook).toMatchObject(told);
  });

  it('lead nowhere that is not public, and are no more than sixteen', async () => {
    for (const url of [
      'http://10.0.0.1/',
      'https://169.254.169.254/',
      'ftp://x.example',
      'https://a:b@x.example',
      '',
    ])
      await expect(add({ url })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(add({ eventTypes: ['budget.unheard_of'] })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(
      service.webhooks({ apiKey: 'gh_w' }).listWebhooks({ pageSize: 0, pageToken: '' }),
    ).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const unknown = { ...command(), webhookId: deriveId('whk', 'nobody') };
    await expect(service.webhooks().removeWebhook(unknown)).rejects.toMatchObject({
      reason: 'WEBHOOK_UNKNOWN',
    });
    const adding = await Promise.allSettled(Array.from({ length: 18 }, () => add()));
    const refusals = adding.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refusals).toHaveLength(2);
    expect(refusals[0]).toMatchObject({ reason: 'WEBHOOKS_EXCEEDED' });
    expect(await listed()).toHaveLength(16);
  });
});
