import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Topic } from '@gatehouse/bus';
import {
  attemptToConsume,
  attemptToPublish,
  GROUP_REFUSED,
  kafkaBrokers,
  KafkaBusConsumer,
  KafkaBusProducer,
  type KafkaSettings,
  kindOf,
  readTls,
} from '@gatehouse/bus-kafka';
import { KafkaBroker, kafkaMissing } from '@gatehouse/bus-kafka/testing';
import { type CertifiedKey, makeAuthority, makeCertificate } from '@gatehouse/certificates';
import {
  factsOf,
  forEachName,
  kafkaUserOf,
  SERVICE_NAMES,
  type ServiceName,
  type TopicKey,
  TOPICS,
} from '@gatehouse/topology';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  type KafkaConfig,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { migrateKafka } from './index';

const START_MS = 120_000;
const VALIDITY = { from: new Date(Date.now() - 60_000), days: 1 };
const TOPIC_KEYS = Object.keys(TOPICS) as readonly TopicKey[];
const PAIRS = SERVICE_NAMES.flatMap((name) => TOPIC_KEYS.map((key) => [name, key] as const));
const mayPublish = ([name, key]: readonly [ServiceName, TopicKey]): boolean =>
  factsOf(name).publishes.includes(key);
const mayConsume = ([name, key]: readonly [ServiceName, TopicKey]): boolean =>
  factsOf(name).consumes.includes(key);

const passwords = forEachName(SERVICE_NAMES, (name) => `password of ${name}`);

let directory: string;
let authority: CertifiedKey;
let broker: KafkaBroker;
const ends: (() => unknown)[] = [];

const certify = async (name: string, signer = authority): Promise<{ certificate: string; key: string }> => {
  const made = await makeCertificate(signer, { name, hosts: ['localhost'] }, VALIDITY);
  const paths = { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  writeFileSync(paths.certificate, made.certificate);
  writeFileSync(paths.key, made.key);
  return paths;
};

const ca = (): string => join(directory, 'ca.crt');

const migrateAs = async (name: string, given = passwords): Promise<void> =>
  migrateKafka({ bus: broker.adminUrl, tls: { ca: ca(), own: await certify(name) }, passwords: given });

/** As a service is configured. */
const settingsOf = (name: ServiceName, password = passwords[name]): KafkaSettings => ({
  brokers: [`localhost:${broker.port}`],
  tls: { ca: ca() },
  user: { name: kafkaUserOf(name), password },
});

/** The client itself, for what no part of ours does. */
const clientOf = (name: ServiceName, config: Partial<KafkaConfig> = {}): Kafka =>
  new Kafka({
    brokers: [`localhost:${broker.port}`],
    ssl: readTls({ ca: ca() }),
    sasl: { mechanism: 'scram-sha-512', username: kafkaUserOf(name), password: passwords[name] },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...config,
  });

/** What a broker called the refusal; `none` where there was none. */
const refusalOf = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return 'none';
  } catch (error) {
    return kindOf(error);
  }
};

const asAdminOf = async (kafka: Kafka, work: (admin: Admin) => Promise<unknown>): Promise<unknown> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};

const superuser = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
  const ssl = readTls({ ca: ca(), own: await certify('migrator') });
  const kafka = new Kafka({ brokers: kafkaBrokers(broker.adminUrl), ssl, logLevel: logLevel.NOTHING });
  return (await asAdminOf(kafka, work)) as T;
};

/** A new list takes a moment to reach the broker. */
const eventually = async (check: () => Promise<void>): Promise<void> => {
  for (const start = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() - start > 10_000) throw error;
    }
  }
};

const publish = async (name: ServiceName, topic: Topic): Promise<void> => {
  const producer = new KafkaBusProducer(settingsOf(name));
  try {
    await producer.publish(topic, [{ key: 'k', headers: {}, value: Buffer.from(name) }]);
  } finally {
    await producer.close();
  }
};

const missing = kafkaMissing();
const describeOnKafka = missing === undefined ? describe : describe.skip;

describeOnKafka(`migrateKafka${missing === undefined ? '' : ` (no broker here: ${missing})`}`, () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-kafka-tls-'));
    ends.push(() => rmSync(directory, { recursive: true }));
    authority = await makeAuthority('ours', VALIDITY);
    writeFileSync(ca(), authority.certificate);
    const own = await makeCertificate(authority, { name: 'kafka', hosts: ['localhost'] }, VALIDITY);
    const secured = join(directory, 'kafka');
    mkdirSync(secured);
    writeFileSync(join(secured, 'ca.crt'), authority.certificate);
    writeFileSync(join(secured, 'keystore.pem'), own.key + own.certificate);
    broker = await KafkaBroker.start(secured);
    ends.push(() => broker.stop());
    await migrateAs('migrator');
    // To be read by those who may, and by those who may not.
    await eventually(async () => {
      for (const pair of PAIRS.filter(mayPublish)) await publish(pair[0], TOPICS[pair[1]]);
    });
  }, START_MS);

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  }, START_MS);

  it.each(PAIRS.filter(mayPublish))('lets %s publish to %s', async (name, key) => {
    await publish(name, TOPICS[key]);
  });

  it.each(PAIRS.filter((pair) => !mayPublish(pair)))('does not let %s publish to %s', async (name, key) => {
    expect(await attemptToPublish(settingsOf(name), TOPICS[key].name)).toBe('TOPIC_AUTHORIZATION_FAILED');
  });

  it.each(PAIRS.filter(mayConsume))('lets %s consume %s', async (name, key) => {
    const consumer = new KafkaBusConsumer(settingsOf(name));
    const { signal } = new AbortController();
    await new Promise<void>((resolve, reject) => {
      // As projections name their groups, those that are built beside the live ones too.
      const group = `${name}.directory__rebuild.v1-0a1b2c3d`;
      const onBatch = async (): Promise<void> => resolve();
      consumer
        .consume({ group, topics: [TOPICS[key]], offsetOf: async () => 0n, onBatch, signal })
        .catch(reject);
    });
    await consumer.close();
  });

  it.each(PAIRS.filter((pair) => !mayConsume(pair)))('does not let %s consume %s', async (name, key) => {
    const refusal = await attemptToConsume(settingsOf(name), {
      group: `${name}.spy`,
      topic: TOPICS[key].name,
    });
    expect(['TOPIC_AUTHORIZATION_FAILED', GROUP_REFUSED]).toContain(refusal);
  });

  it("keeps services out of each other's groups", async () => {
    const refusal = await attemptToConsume(settingsOf('registry'), {
      group: 'provisioning.directory.v1-0a1b2c3d',
      topic: TOPICS.provisioningEvents.name,
    });
    expect(refusal).toBe(GROUP_REFUSED);
  });

  it('tells a service so in the words of the bus', async () => {
    await expect(publish('provisioning', TOPICS.registryEvents)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      reason: 'TOPIC_NOT_YOURS',
    });
    await expect(publish('gateway', TOPICS.registryEvents)).rejects.toMatchObject({
      reason: 'TOPIC_UNKNOWN',
    });
    const consumer = new KafkaBusConsumer(settingsOf('registry'));
    const consuming = consumer.consume({
      group: 'registry.directory.v1-0a1b2c3d',
      topics: [TOPICS.registryEvents],
      offsetOf: async () => 0n,
      onBatch: async () => undefined,
      signal: new AbortController().signal,
    });
    await expect(consuming).rejects.toMatchObject({ code: 'FORBIDDEN', reason: 'TOPIC_NOT_YOURS' });
  });

  it.each<[string, string, (admin: Admin) => Promise<unknown>]>([
    [
      'makes no topic',
      'TOPIC_AUTHORIZATION_FAILED',
      (admin) => admin.createTopics({ topics: [{ topic: 'another' }] }),
    ],
    [
      'removes no topic, not even its own',
      'TOPIC_AUTHORIZATION_FAILED',
      (admin) => admin.deleteTopics({ topics: [TOPICS.registryEvents.name] }),
    ],
    [
      'changes no retention, not even its own',
      'TOPIC_AUTHORIZATION_FAILED',
      (admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: 2,
              name: TOPICS.registryEvents.name,
              configEntries: [{ name: 'retention.ms', value: '1000' }],
            },
          ],
        }),
    ],
    [
      'gives itself no right',
      'CLUSTER_AUTHORIZATION_FAILED',
      (admin) => admin.createAcls({ acl: [everythingFor('registry')] }),
    ],
  ])('lets a service work with topics, and not on them: it %s', async (_what, refusal, work) => {
    expect(await refusalOf(() => asAdminOf(clientOf('registry'), work))).toBe(refusal);
  });

  it('lets in nobody who does not know the password, and says so', async () => {
    const producer = new KafkaBusProducer(settingsOf('registry', 'guessed'));
    await expect(
      producer.publish(TOPICS.registryEvents, [{ key: 'k', headers: {}, value: Buffer.alloc(1) }]),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED', reason: 'BUS_CREDENTIALS_UNKNOWN' });
    await producer.close();
  });

  it('speaks to nobody in plain text', async () => {
    const plain = clientOf('registry', { ssl: false });
    expect(await refusalOf(() => asAdminOf(plain, (admin) => admin.listTopics()))).not.toBe('none');
  });

  it("lets nobody administer it with a service's certificate, a stranger's or none", async () => {
    await expect(migrateAs('registry')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const stranger = await makeAuthority('ours', VALIDITY);
    for (const own of [await certify('migrator', stranger), undefined]) {
      const tls = { ca: ca(), ...(own && { own }) };
      await expect(migrateKafka({ bus: broker.adminUrl, tls, passwords })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
    }
  });

  it('takes back, when repeated, what the table does not have', async () => {
    await superuser(async (admin) => {
      await admin.createAcls({ acl: [everythingFor('gateway')] });
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: 2, name: TOPICS.usage.name, configEntries: [{ name: 'retention.ms', value: '1000' }] },
        ],
      });
    });
    const forge = (): Promise<string | undefined> =>
      attemptToPublish(settingsOf('gateway'), TOPICS.provisioningEvents.name);
    await eventually(async () => expect(await forge()).toBeUndefined());
    await migrateAs('migrator');
    await eventually(async () => expect(await forge()).toBe('TOPIC_AUTHORIZATION_FAILED'));
    await publish('gateway', TOPICS.usage);
    expect(await retentionOf(TOPICS.usage)).toBe(String(TOPICS.usage.retentionMs));
  });

  it('gives users new passwords, and the old ones count no more', async () => {
    await migrateAs('migrator', { ...passwords, registry: 'another one' });
    const ask = (password: string): Promise<string> =>
      refusalOf(() =>
        asAdminOf(
          clientOf('registry', {
            sasl: { mechanism: 'scram-sha-512', username: kafkaUserOf('registry'), password },
          }),
          (admin) => admin.listTopics(),
        ),
      );
    await eventually(async () => expect(await ask('another one')).toBe('none'));
    expect(await ask(passwords.registry)).toBe('KafkaJSSASLAuthenticationError');
    await migrateAs('migrator');
    await eventually(async () => expect(await ask(passwords.registry)).toBe('none'));
  });
});

const everythingFor = (name: ServiceName) => ({
  principal: `User:${kafkaUserOf(name)}`,
  host: '*',
  operation: AclOperationTypes.ALL,
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: AclResourceTypes.TOPIC,
  resourceName: '*',
  resourcePatternType: ResourcePatternTypes.LITERAL,
});

const retentionOf = ({ name }: Topic): Promise<string | undefined> =>
  superuser(async (admin) => {
    const { resources } = await admin.describeConfigs({
      resources: [{ type: 2, name, configNames: ['retention.ms'] }],
      includeSynonyms: false,
    });
    return resources[0]?.configEntries[0]?.configValue;
  });
