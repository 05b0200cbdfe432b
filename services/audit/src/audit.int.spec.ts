import { createHash } from 'node:crypto';
import { hashApiKey } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { freePort } from '@gatehouse/embedded-postgres';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import type { JsonObject } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { createGrpcApp, grpcClient } from '@gatehouse/grpc';
import { deriveEventId, deriveId, type OrganizationId, organizationId } from '@gatehouse/kernel';
import { auditV1, eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import type { INestMicroservice } from '@nestjs/common';
import { readAuditConfig } from './audit.config';
import { AuditModule } from './audit.module';

const MIGRATIONS = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/audit/migrations',
];
const pepper = Buffer.alloc(32, 1);
const ours = organizationId(deriveId('org', 'ours'));
const theirs = organizationId(deriveId('org', 'theirs'));

describe('audit', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  let app: INestMicroservice;
  let listen: string;

  const client = (apiKey: string) => grpcClient(auditV1.EventServiceClient, { address: listen, apiKey });
  const append = async (organization: OrganizationId, stream: string, type: string, data: JsonObject) => {
    const requestId = `${stream}-${type}`;
    const metadata = {
      organizationId: organization,
      actor: { kind: 'operator', id: 'operator', address: '' },
      reason: `why ${type}`,
      requestId,
      command: 'Test',
      correlationId: requestId,
      causationId: '',
    } as const;
    return store.append(
      stream,
      [{ id: deriveEventId(stream, type), type, version: 1, data, metadata }],
      'any',
    );
  };
  const issueAdminKey = async (organization: OrganizationId, key: string) => {
    const apiKeyId = deriveId('key', key);
    const issued = eventsV1.ApiKeyIssued.fromPartial({
      apiKeyId,
      organizationId: organization,
      name: key,
      role: provisioningV1.ApiKeyRole.ADMIN,
      hash: hashApiKey(pepper, keyNamed(pepper, key)),
    });
    return append(
      organization,
      `apikey-${apiKeyId}`,
      'ApiKeyIssued',
      eventsV1.ApiKeyIssued.toJSON(issued) as JsonObject,
    );
  };
  const list = (apiKey: string, request: Partial<auditV1.ListEventsRequest>) =>
    client(keyNamed(pepper, apiKey)).listEvents(auditV1.ListEventsRequest.fromPartial(request));

  beforeAll(async () => {
    database = await testDatabase({ migrations: MIGRATIONS });
    store = PostgresEventStore.connect(database.urlAs('provisioning'));
    listen = `127.0.0.1:${await freePort()}`;
    const config = readAuditConfig({
      GATEHOUSE_GRPC_LISTEN: listen,
      GATEHOUSE_LOG_LEVEL: 'error',
      GATEHOUSE_DATABASE_URL: database.urlAs('audit'),
      GATEHOUSE_KEY_PEPPER: pepper.toString('base64'),
      GATEHOUSE_SERVICE_TOKEN_HASHES: `audit=${createHash('sha256').update('audit-token').digest('hex')}`,
    });
    const created = await createGrpcApp(AuditModule.forConfig(config), {
      listen,
      services: { 'gatehouse.audit.v1.EventService': auditV1.EventServiceService },
    });
    app = created.app;
    await created.serve();
    await issueAdminKey(ours, 'gh_ours');
    await issueAdminKey(theirs, 'gh_theirs');
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await store?.close();
    await database?.drop();
  });

  it('tells the organization its own history, in order, with actor and reason', async () => {
    const { position } = await append(ours, 'workspace-1', 'WorkspaceCreated', {
      name: 'a',
      amount: '9007199254740993',
    });
    const { events } = await list('gh_ours', { atLeastPosition: position.toString() });
    expect(events.map(({ type }) => type)).toEqual(['ApiKeyIssued', 'WorkspaceCreated']);
    expect(events[1]).toMatchObject({
      stream: 'workspace-1',
      revision: 0n,
      position: position.toString(),
      reason: 'why WorkspaceCreated',
      dataJson: expect.stringContaining('"9007199254740993"'),
      actor: { id: 'operator' },
      writer: 'gatehouse_provisioning',
    });
  });

  it('pages and filters', async () => {
    let position = 0n;
    for (let index = 0; index < 5; index++) {
      ({ position } = await append(ours, `provision-${index}`, 'ProvisionDisabled', { index }));
    }
    const filter = { type: 'ProvisionDisabled', pageSize: 2, atLeastPosition: position.toString() };
    const streams: string[] = [];
    let pageToken = '';
    do {
      const page = await list('gh_ours', { ...filter, pageToken });
      streams.push(...page.events.map(({ stream }) => stream));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(streams).toEqual(['provision-0', 'provision-1', 'provision-2', 'provision-3', 'provision-4']);
    const one = await list('gh_ours', { stream: 'provision-3' });
    expect(one.events).toHaveLength(1);
  });

  it.each<[string, string, Partial<auditV1.ListEventsRequest>, string]>([
    ['a wrong key', 'gh_wrong', {}, 'UNAUTHENTICATED'],
    ['a negative page size', 'gh_ours', { pageSize: -1 }, 'INVALID'],
    ['a foreign page token', 'gh_ours', { pageToken: 'x' }, 'INVALID'],
    [
      'a page token with a wrong cursor',
      'gh_ours',
      { pageToken: Buffer.from('["x"]').toString('base64url') },
      'INVALID',
    ],
    ['an oversized filter', 'gh_ours', { stream: 'x'.repeat(300) }, 'INVALID'],
    ['a time before year 1', 'gh_ours', { from: new Date('-000044-03-15T00:00:00Z') }, 'INVALID'],
    ['a time after year 9999', 'gh_ours', { to: new Date('+010000-01-01T00:00:00Z') }, 'INVALID'],
    ['a malformed position', 'gh_ours', { atLeastPosition: 'soon' }, 'INVALID'],
  ])('refuses %s', async (_case, key, request, code) => {
    await expect(list(key, request)).rejects.toMatchObject({ code });
  });

  it('shows nothing of another organization', async () => {
    const { events } = await list('gh_theirs', { pageSize: 500 });
    expect(events.map(({ type }) => type)).toEqual(['ApiKeyIssued']);
  });
});
