import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEFORE_FIRST, type RecordedEvent } from '@gatehouse/event-store';
import { EventStoreDbEventStore } from '@gatehouse/event-store-eventstoredb';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { databaseRoleOf, SERVICE_NAMES } from '@gatehouse/topology';
import { newCommand, usdBudget } from './control-plane';
import { Engines } from './engines';
import { GatewayClient } from './gateway-client';
import { Product, temporaryDirectory } from './product';
import { report } from './report';
import { modelNamed, newTeam, type Team } from './team';
import { Twin } from './twin';

const START_MS = 120_000;
const ECHOES = [
  'sim-echo-credential',
  'sim-echo-credential;status=401',
  'sim-echo-credential;status=403',
  'sim-echo-credential;status=422',
  'sim-echo-credential;status=500',
] as const;

/** A secret, and every form in which it may turn up. */
class Canary {
  /** What no encoding but base64 and hex changes, so that it is found inside whatever surrounds it. */
  private readonly core = randomBytes(24).toString('hex');
  readonly text = `sk-canary/"${this.core}"\\+=`;

  get sha256(): string {
    return createHash('sha256').update(this.text).digest('hex');
  }

  get needles(): Buffer[] {
    return needlesOf(this.core);
  }
}

/** A text as it is, in hex, and in base64 at each of the three places where it may begin. */
const needlesOf = (text: string): Buffer[] => {
  const hex = Buffer.from(text).toString('hex');
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    // The letters at both ends depend on the neighbours.
    const inner = encoded.slice(4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [text, hex, hex.toUpperCase(), ...base64].map((needle) => Buffer.from(needle));
};

describe('a secret is seen by the provider and by nobody else', () => {
  let product: Product;
  let team: Team;
  const canaries = {
    first: new Canary(),
    rotated: new Canary(),
    refused: new Canary(),
    misplaced: new Canary(),
    elsewhere: new Canary(),
  };
  /** Private halves of integrations' keys, and what was wrapped to them. */
  const keys: Buffer[] = [];
  const wraps: Buffer[] = [];
  const privateHalves = (): Buffer[] =>
    readdirSync(join(product.dataDir, 'keys'))
      .filter((name) => name.endsWith('.key'))
      .map((name) => Buffer.from(readFileSync(join(product.dataDir, 'keys', name), 'utf8'), 'base64'));
  const wrapsInTheVault = (): Promise<Buffer[]> =>
    product.database(async (client) => {
      const { rows } = await client.query<{ wrapped_data_key: Buffer }>(
        'SELECT wrapped_data_key FROM registry.sealed_credential',
      );
      return rows.map((row) => row.wrapped_data_key);
    });
  /** Everything that an API answered, errors included. */
  const answers: string[] = [];

  beforeAll(async () => {
    product = await Product.start({ env: { GATEHOUSE_LOG_LEVEL: 'trace' } });
    team = await newTeam(product, {
      models: ['sim-small', 'sim-cut', ...ECHOES],
      limits: [usdBudget(1_000_000_000n)],
      credential: canaries.first.text,
    });
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  const noted = async <T>(answer: Promise<T>): Promise<T | undefined> => {
    try {
      const result = await answer;
      answers.push(textOf(result));
      return result;
    } catch (error) {
      const { message, metadata, violations, cause } = error as Error & Record<string, unknown>;
      const { details } = (cause ?? {}) as { details?: string };
      answers.push(textOf({ message, metadata, violations, details }));
      return undefined;
    }
  };

  const callEverything = async (): Promise<void> => {
    for (const model of ['sim-small', 'sim-cut', ...ECHOES]) {
      for (const stream of [false, true]) {
        const body = {
          model: team.model(model),
          messages: [{ role: 'user', content: 'Hi' }],
          max_tokens: 4,
          stream,
        };
        await noted(team.gateway.chat(body));
      }
    }
  };

  it(
    'sends a secret that it only refers to, where the operator lets it',
    async () => {
      const { integrations, secretReferences } = product.control();
      const user = await newTeam(product, { models: ['sim-small'] });
      const { integrationId } = user;
      const directory = temporaryDirectory();
      const file = join(directory, 'elsewhere.json');
      writeFileSync(file, JSON.stringify({ key: canaries.elsewhere.text }));
      const twin = await Twin.start(product, 'gateway', {
        GATEHOUSE_DATA_DIR: join(product.dataDir, 'twin'),
        GATEHOUSE_SECRET_GRANTS: JSON.stringify({ [product.first.organization]: { file: [file] } }),
      });
      try {
        const locator = { manager: { $case: 'file', value: file } } as const;
        await noted(secretReferences.defineSecretReference({ ...newCommand(), slug: 'elsewhere', locator }));
        const references = { api_key: { reference: 'elsewhere', member: 'key' } };
        const change = {
          ...newCommand(),
          integrationId,
          credential: {},
          headers: {},
          references,
          credentialExpiresAt: undefined,
        };
        await noted(integrations.rotateCredential(change));
        const client = new GatewayClient(`http://${twin.address}`, user.key);
        const body = { model: user.model(), messages: [{ role: 'user', content: 'Hi' }], max_tokens: 4 };
        await eventually(async () => {
          await noted(client.chat(body));
          expect(await product.book.received(canaries.elsewhere.sha256)).toBe(true);
        });
        // The first gateway's operator lists nothing.
        await eventually(async () => {
          expect(await user.gateway.chat(body)).toMatchObject({
            status: 503,
            text: expect.stringContaining('credential_unavailable'),
          });
        });
        await noted(product.cli('--json', 'references'));
        answers.push(twin.said);
      } finally {
        await twin.signal('SIGTERM');
        rmSync(directory, { recursive: true });
      }
    },
    START_MS,
  );

  it(
    'drives a credential through its whole life',
    async () => {
      const { integrations } = product.control();
      const { integrationId } = team;
      const change = (canary: Canary) => ({
        ...newCommand(),
        integrationId,
        credential: { api_key: canary.text },
        headers: {},
        references: {},
        credentialExpiresAt: undefined,
      });
      await callEverything();
      expect(await product.book.received(canaries.first.sha256)).toBe(true);
      expect(answers.filter((answer) => answer.includes('"status":200'))).not.toEqual([]);
      const echoed = (await product.book.rows()).filter(({ model }) =>
        model.startsWith('sim-echo-credential'),
      );
      expect(echoed.length).toBeGreaterThanOrEqual(2 * ECHOES.length);

      await noted(integrations.rotateCredential(change(canaries.rotated)));
      await eventually(async () => {
        await callEverything();
        expect(await product.book.received(canaries.rotated.sha256)).toBe(true);
      });
      // Refused commands carry secrets too: as a value, under a wrong name, as a name, and where none belongs.
      await noted(integrations.rotateCredential({ ...change(canaries.refused), expectedRevision: 99n }));
      const misplaced = canaries.misplaced.text;
      const wrong: { [field: string]: string }[] = [
        { other: misplaced },
        { [misplaced]: 'x' },
        { api_key: `${misplaced}\n` },
        { api_key: misplaced, other: misplaced },
      ];
      for (const credential of wrong) {
        await noted(
          integrations.rotateCredential({
            ...newCommand(),
            integrationId,
            credential,
            headers: {},
            references: {},
            credentialExpiresAt: undefined,
          }),
        );
      }
      await noted(
        integrations.connectIntegration(
          registryV1.ConnectIntegrationRequest.fromPartial({
            ...newCommand(),
            name: 'Leaky',
            slug: 'leaky',
            provider: 'self-hosted',
            credential: { api_key: misplaced },
            customHost: `http://user:${encodeURIComponent(misplaced)}@127.0.0.1/v1`,
            customModels: [modelNamed('m')],
          }),
        ),
      );
      await noted(product.gateway(canaries.misplaced.text).chat({ model: team.model(), messages: [] }));
      await noted(product.control(canaries.misplaced.text).history());
      keys.push(...privateHalves());
      wraps.push(...(await wrapsInTheVault()));
      await noted(integrations.deleteIntegration({ ...newCommand(), integrationId, force: true }));
      await noted(team.gateway.chat({ model: team.model(), messages: [{ role: 'user', content: 'Gone?' }] }));
    },
    START_MS,
  );

  it(
    'reads everything that can be read',
    async () => {
      const control = product.control();
      await noted(control.history());
      await noted(control.records());
      await noted(control.limitStates(team.provisionId));
      await noted(control.catalog.listProviders({ pageSize: 0, pageToken: '' }));
      await noted(
        control.integrations.listIntegrations(
          registryV1.ListIntegrationsRequest.fromPartial({ pageSize: 0, pageToken: '', atLeastPosition: '' }),
        ),
      );
      await noted(
        control.integrations.getIntegration({ integrationId: team.integrationId, atLeastPosition: '' }),
      );
      await noted(control.apiKeys.listApiKeys(provisioningV1.ListApiKeysRequest.create()));
      await noted(control.provisions.listProvisions(provisioningV1.ListProvisionsRequest.create()));
      for (const command of ['history', 'integrations', 'keys', 'provisions', 'limits', 'records']) {
        await noted(product.cli('--json', command));
        await noted(product.cli(command));
      }
      answers.push(product.stderr);
      expect(answers.join('\n')).toContain('CredentialRotated');
    },
    START_MS,
  );

  it(
    'finds no credential in any answer, log line, table or file',
    async () => {
      const needles = Object.values(canaries).flatMap((canary) => canary.needles);
      expect(await whereabouts(needles)).toEqual([]);
    },
    START_MS,
  );

  it(
    'finds no API key either',
    async () => {
      const keys = [product.first.adminKey, product.first.apiKey, team.key];
      expect(await whereabouts(keys.map(secretPart).flatMap(needlesOf))).toEqual([]);
    },
    START_MS,
  );

  it(
    'finds no private half of a key outside the directory of keys, and no wrap but where it belongs',
    async () => {
      expect([keys.length > 1, wraps.length > 1]).toEqual([true, true]);
      const inTheOpen = (places: readonly string[]) =>
        places.filter((place) => !place.startsWith(join(product.dataDir, 'keys')));
      expect(inTheOpen(await whereabouts(keys.flatMap(formsOf)))).toEqual([]);
      // Gateways keep what they were given, sealed; what the database keeps of deleted rows is what the spec of deletion
      // looks at.
      const isItsPlace = (place: string): boolean =>
        place === 'table registry.sealed_credential' ||
        place.startsWith(join(product.dataDir, 'postgres')) ||
        /\/credentials\/int_\w+\.\d+\.sealed$/.test(place);
      const elsewhere = (await whereabouts(wraps.flatMap(formsOf))).filter((place) => !isItsPlace(place));
      expect(elsewhere).toEqual([]);
    },
    START_MS,
  );

  it(
    'keeps the vault from every other service',
    async () => {
      const roles = SERVICE_NAMES.filter((name) => name !== 'registry').map(databaseRoleOf);
      const readable = await product.database(async (client) => {
        const { rows } = await client.query<{ role: string; name: string }>(
          `SELECT role, format('%I.%I', schemaname, tablename) AS name FROM pg_tables, unnest($1::text[]) AS role
           WHERE schemaname = 'registry' AND has_table_privilege(role, format('%I.%I', schemaname, tablename), 'SELECT')`,
          [roles],
        );
        return rows;
      });
      expect(readable).toEqual([]);
    },
    START_MS,
  );

  it(
    'would find what is there',
    async () => {
      const id = needlesOf(team.integrationId.slice(4));
      const found = await whereabouts(id);
      report(
        `secrets: searched ${answers.length} answers, every table, every file; a control text is in ${found.length}`,
      );
      const log = Engines.chosen.store === 'postgres' ? 'table event_store.event' : 'the event store';
      expect(found).toEqual(expect.arrayContaining(['an answer', log]));
      const { broker } = product.engines;
      if (broker) expect(found.filter((place) => place.startsWith(broker.directory))).not.toEqual([]);
    },
    START_MS,
  );

  /** Where any of the needles turns up: in what was answered, in any row of the database, in any file. */
  const whereabouts = async (needles: readonly Buffer[]): Promise<string[]> => {
    const has = (haystack: Buffer): boolean => needles.some((needle) => haystack.includes(needle));
    const found = answers.filter((answer) => has(Buffer.from(answer))).map(() => 'an answer');
    for (const [table, text] of await databaseText())
      if (has(Buffer.from(text))) found.push(`table ${table}`);
    if (has(Buffer.from(await eventStoreText()))) found.push('the event store');
    const { broker } = product.engines;
    for (const directory of [product.dataDir, ...(broker ? [broker.directory] : [])])
      for (const file of filesUnder(directory)) if (has(contentOf(file))) found.push(file);
    return [...new Set(found)];
  };

  /** Of EventStoreDB's log; what Postgres holds is among its tables. */
  const eventStoreText = async (): Promise<string> => {
    const { store } = product.engines;
    if (store === 'postgres') return '';
    const log = new EventStoreDbEventStore(store);
    const events: RecordedEvent[] = [];
    try {
      for (let after = BEFORE_FIRST, end = false; !end;) {
        const page = await log.readAll({ after, limit: 1_000 });
        events.push(...page.events);
        ({ next: after, end } = page);
      }
    } finally {
      await log.close();
    }
    return textOf(events);
  };

  const databaseText = (): Promise<[table: string, text: string][]> =>
    product.database(async (client) => {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
      );
      const texts: [string, string][] = [];
      for (const { name } of tables) {
        const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
        texts.push([name, rows.map(({ text }) => text).join('\n')]);
      }
      return texts;
    });
});

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

/** Empty for a file that vanished since it was listed: Postgres works meanwhile. */
const contentOf = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};

/** Bytes as they are, in hex, and in base64 where they begin a text. */
const formsOf = (bytes: Buffer): Buffer[] => [
  bytes,
  ...['hex', 'base64', 'base64url'].map((encoding) =>
    Buffer.from(bytes.toString(encoding as BufferEncoding).slice(0, 40)),
  ),
];

/** The 43 letters after the key's id. */
const secretPart = (key: string): string => key.slice(-43);

/** Regular files; those that vanish while Postgres works are none of ours. */
const filesUnder = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
