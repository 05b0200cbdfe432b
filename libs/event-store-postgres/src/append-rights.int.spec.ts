import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { sampleEvent, sampleMetadata } from '@gatehouse/event-store/testing';
import type { OrganizationId } from '@gatehouse/kernel';
import { SERVICE_NAMES, SERVICES, type ServiceName, STREAM_EVENTS } from '@gatehouse/topology';
import { Client } from 'pg';
import { PostgresEventStore } from './index';

type Prefix = keyof typeof STREAM_EVENTS;

const PREFIXES = Object.keys(STREAM_EVENTS) as readonly Prefix[];
const NOT_YOURS = { code: 'FORBIDDEN', reason: 'APPEND_NOT_YOURS' };
const NO_GRANT = { code: '42501' };

const organization = (n: number): OrganizationId => `org_${String(n).padStart(26, '0')}` as OrganizationId;

describe('what a role may append', () => {
  let database: TestDatabase;
  const stores = new Map<ServiceName, PostgresEventStore>();
  beforeAll(async () => {
    database = await testDatabase({ migrations: ['libs/event-store-postgres/migrations'] });
    for (const service of SERVICE_NAMES) {
      stores.set(service, PostgresEventStore.connect(database.urlAs(service), { connectionsMax: 2 }));
    }
  }, 120_000);
  afterAll(async () => {
    for (const store of stores.values()) await store.close();
    await database.drop();
  });

  const as = (service: ServiceName): PostgresEventStore => stores.get(service) as PostgresEventStore;
  const asClient = async <T>(url: string, run: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await run(client);
    } finally {
      await client.end();
    }
  };
  let sequence = 0;
  const streamOf = (prefix: string): string => `${prefix}${sequence++}`;
  const eventIn = (prefix: Prefix) => sampleEvent({}, { type: STREAM_EVENTS[prefix][0] });

  const streamsOf = (service: ServiceName): readonly string[] => SERVICES[service].streams;

  it.each(SERVICE_NAMES.flatMap((service) => PREFIXES.map((prefix) => [service, prefix] as const)))(
    '%s, to %s: its own alone',
    async (service, prefix) => {
      const append = as(service).append(streamOf(prefix), [eventIn(prefix)], 'none');
      if (streamsOf(service).includes(prefix)) await expect(append).resolves.toMatchObject({ revision: 0n });
      else
        await expect(append).rejects.toMatchObject(SERVICES[service].log === 'append' ? NOT_YOURS : NO_GRANT);
    },
  );

  it('no stream of another kind, even where its name begins alike', async () => {
    for (const stream of [
      'other-1',
      'integration',
      '-',
      'integrations-1',
      'Integration-1',
      ' integration-1',
    ]) {
      await expect(as('registry').append(stream, [eventIn('integration-')], 'any')).rejects.toMatchObject(
        NOT_YOURS,
      );
    }
  });

  it('no event that belongs in a stream of another kind, not even beside one that is right', async () => {
    const stream = streamOf('apikey-');
    const events = [eventIn('apikey-'), eventIn('organization-')];
    await expect(as('provisioning').append(stream, events, 'none')).rejects.toMatchObject(NOT_YOURS);
    expect(await as('provisioning').read(stream)).toEqual([]);
  });

  it("nothing of another organization than the stream's first event", async () => {
    const store = as('provisioning');
    const stream = streamOf('workspace-');
    const of = (n: number) => ({
      ...eventIn('workspace-'),
      metadata: sampleMetadata({ organizationId: organization(n) }),
    });
    await expect(store.append(stream, [of(1), of(2)], 'none')).rejects.toMatchObject(NOT_YOURS);
    await store.append(stream, [of(1), of(1)], 'none');
    await expect(store.append(stream, [of(2)], 'any')).rejects.toMatchObject(NOT_YOURS);
    await expect(store.append(stream, [of(1), of(2)], 'any')).rejects.toMatchObject(NOT_YOURS);
    await store.append(stream, [of(1)], 'exists');
    expect(await store.read(stream)).toHaveLength(3);
  });

  it('to many streams at once neither, and all else of them is appended', async () => {
    const store = as('provisioning');
    const [own, foreign, ill] = [streamOf('apikey-'), streamOf('slug-'), streamOf('apikey-')];
    const of = (n: number) => ({
      ...eventIn('apikey-'),
      metadata: sampleMetadata({ organizationId: organization(n) }),
    });
    const taken = streamOf('apikey-');
    await store.append(taken, [of(1)], 'none');
    const answers = await store.appendEach(
      [
        { stream: own, events: [of(2)] },
        { stream: foreign, events: [{ ...of(2), type: 'SlugReserved' }] },
        { stream: ill, events: [{ ...of(2), type: 'OrganizationCreated' }] },
        { stream: taken, events: [of(2)] },
      ].map((append) => ({ ...append, expected: 'any' as const })),
    );
    expect(answers).toMatchObject([
      { status: 'fulfilled' },
      ...[1, 2, 3].map(() => ({ status: 'rejected', reason: NOT_YOURS })),
    ]);
    const read = await store.readEach([own, foreign, ill, taken]);
    expect([...read.values()].map((events) => events.length)).toEqual([1, 0, 0, 1]);
  });

  it('in no other name: the store itself says who wrote', async () => {
    const stream = streamOf('slug-');
    await as('registry').append(stream, [eventIn('slug-')], 'none');
    expect((await as('audit').read(stream)).map(({ writer }) => writer)).toEqual(['gatehouse_registry']);
  });

  it("not even the database's owner, who has no streams", () =>
    asClient(database.superuserUrl, async (owner) => {
      const append = owner.query(
        `SELECT event_store.append('slug-x', -2, '{${sampleEvent().id}}', '{SlugReserved}', '{1}', '{"{}"}', '{"{}"}')`,
      );
      await expect(append).rejects.toMatchObject({ code: 'GH403' });
    }));

  it('more by SET ROLE, or by writing the rights itself: nothing', () =>
    asClient(database.urlAs('metering'), async (metering) => {
      await expect(metering.query('SET ROLE gatehouse_registry')).rejects.toMatchObject(NO_GRANT);
      await expect(metering.query('SET SESSION AUTHORIZATION gatehouse_registry')).rejects.toMatchObject(
        NO_GRANT,
      );
      for (const attempt of [
        "INSERT INTO event_store.stream_right VALUES ('gatehouse_metering', 'apikey-', '{ApiKeyIssued}')",
        "UPDATE event_store.stream_right SET role = 'gatehouse_metering'",
        'SELECT * FROM event_store.stream_right',
      ]) {
        await expect(metering.query(attempt)).rejects.toMatchObject(NO_GRANT);
      }
    }));

  describe('and what appends wait for', () => {
    const append = () => as('registry').append(streamOf('slug-'), [eventIn('slug-')], 'none');

    it('no role can lock beside', () =>
      asClient(database.urlAs('audit'), async (audit) => {
        await audit.query('BEGIN');
        for (const mode of ['ACCESS SHARE', 'SHARE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE']) {
          await audit.query('SAVEPOINT before');
          await expect(
            audit.query(`LOCK TABLE event_store.append_turn IN ${mode} MODE`),
          ).rejects.toMatchObject(NO_GRANT);
          await audit.query('ROLLBACK TO before');
        }
        await append();
      }));

    it('is no lock that a role may take in its readable tables, nor an advisory one', () =>
      asClient(database.urlAs('audit'), async (audit) => {
        await audit.query('BEGIN');
        await audit.query('LOCK TABLE event_store.event IN ACCESS SHARE MODE');
        // What the lock was in the first release.
        await audit.query('SELECT pg_advisory_xact_lock(7236265284416628325)');
        await append();
      }));
  });
});

describe('events from before writers were kept', () => {
  it('go on being verified, read without a writer, and are followed by events with one', async () => {
    const database = await testDatabase({ migrations: ['libs/event-store-postgres/migrations'] });
    const store = PostgresEventStore.connect(database.urlAs('registry'));
    const owner = new Client({ connectionString: database.superuserUrl });
    await owner.connect();
    // Position 1 as the first release wrote it: id, time and hash are of an event that it appended.
    await owner.query(`INSERT INTO event_store.event
      ("position", stream, revision, event_id, type, version, data, metadata, recorded_at, hash)
      VALUES (1, 'slug-old', 0, '00000000-0000-4000-8000-000000000001', 'SlugReserved', 1, '{"slug":"ä"}',
        '{"organizationId":"org_1"}', '2026-01-02T03:04:05.678Z',
        sha256(decode(repeat('00', 32), 'hex') || int8send(1) || int8send(0)
          || timestamptz_send('2026-01-02T03:04:05.678Z') || int8send(1)
          || uuid_send('00000000-0000-4000-8000-000000000001') || int4send(8) || int4send(12) || int4send(13)
          || int4send(26) || convert_to('slug-oldSlugReserved{"slug":"ä"}{"organizationId":"org_1"}', 'UTF8')))`);
    await store.append('slug-new', [sampleEvent({}, { type: 'SlugReserved' })], 'none');
    expect(await store.verifyChain()).toEqual({ checked: 2 });
    expect((await store.read('slug-old'))[0]).not.toHaveProperty('writer');
    await owner.query('SET session_replication_role = replica');
    await owner.query(`UPDATE event_store.event SET writer = 'gatehouse_registry' WHERE "position" = 1`);
    expect((await store.verifyChain()).firstBreak).toEqual({ position: 1n, fault: 'altered' });
    await owner.end();
    await store.close();
    await database.drop();
  });
});
