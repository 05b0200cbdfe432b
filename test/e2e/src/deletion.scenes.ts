import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncToDisk } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { registryV1 } from '@gatehouse/proto-gen';
import {
  HpkeDataKeyUnwrapper,
  KeyProviders,
  LocalKeys,
  openCredential,
  type SealedCredential,
} from '@gatehouse/sealing';
import { newCommand } from './control-plane';
import type { Product } from './product';
import { newTeam, type Team } from './team';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const CREDENTIAL = 'sk-of-a-deleted-integration-0123456789';

/** Rows of the vault, as a dump of the database has them. */
interface Dumped {
  readonly organization_id: string;
  readonly integration_id: string;
  readonly credential_version: number;
  readonly fields: string[];
  readonly encapsulated_key: Buffer;
  readonly wrapped_data_key: Buffer;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly format: number;
  readonly origins: string[];
  readonly key_id: string;
  readonly key_custody: Buffer;
}

describe('a deleted integration', () => {
  let product: Product;
  let team: Team;
  let neighbour: Team;
  let dump: SealedCredential;

  beforeAll(async () => {
    product = await sharedProduct();
    const models = ['sim-small'];
    team = await newTeam(product, { models, credential: CREDENTIAL });
    neighbour = await newTeam(product, { models });
  }, START_MS);
  const dumpOf = (integrationId: string): Promise<SealedCredential[]> =>
    product.database(async (client) => {
      const sql = 'SELECT * FROM registry.sealed_credential WHERE integration_id = $1';
      const { rows } = await client.query<Dumped>(sql, [integrationId]);
      return rows.map((row) => ({
        organizationId: row.organization_id,
        integrationId: row.integration_id,
        credentialVersion: row.credential_version,
        fields: row.fields,
        encapsulatedKey: row.encapsulated_key,
        wrappedDataKey: row.wrapped_data_key,
        nonce: row.nonce,
        ciphertext: row.ciphertext,
        format: row.format,
        origins: row.origins,
        keyId: row.key_id,
        keyCustody: row.key_custody,
      }));
    });

  /** Opened with every key that there is, by its name and by trying each of them. */
  const opened = async (sealed: SealedCredential): Promise<Record<string, string> | undefined> => {
    const directory = join(product.dataDir, 'keys');
    const every = readdirSync(directory)
      .filter((name) => name.endsWith('.key'))
      .map((name) => Buffer.from(readFileSync(join(directory, name), 'utf8'), 'base64'));
    expect(every.length).toBeGreaterThan(0);
    const unwrapper = new HpkeDataKeyUnwrapper(
      every,
      new KeyProviders([new LocalKeys(directory, syncToDisk)]),
    );
    for (const keyId of [sealed.keyId, '']) {
      const dataKey = await unwrapper.unwrap({ ...sealed, keyId }).catch(() => undefined);
      if (dataKey !== undefined) return openCredential(sealed, dataKey, `${sealed.origins[0]}/v1`);
    }
    return undefined;
  };

  /** The files of the database, its write-ahead log among them, that hold these bytes. */
  const filesWith = (bytes: Buffer): string[] => {
    const root = join(product.dataDir, 'postgres');
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => {
        try {
          return readFileSync(file).includes(bytes);
        } catch {
          // Postgres works meanwhile: what is gone was not kept.
          return false;
        }
      })
      .map((file) => file.slice(root.length + 1));
  };

  const statusOf = async (integrationId: string) => {
    const query = { integrationId, atLeastPosition: '' };
    return (await product.control().integrations.getIntegration(query)).integration?.status;
  };

  it(
    'can be opened from a dump before it is deleted',
    async () => {
      const [row] = await dumpOf(team.integrationId);
      if (row === undefined) throw new Error('no row');
      dump = row;
      expect(await opened(dump)).toEqual({ api_key: CREDENTIAL });
    },
    START_MS,
  );

  it(
    'is deleted when its key is destroyed, and gone from the gateway',
    async () => {
      const { integrationId } = team;
      const name = (file: string) => file.startsWith(integrationId);
      const files = () => readdirSync(join(product.dataDir, 'gateway', 'credentials')).filter(name);
      const keys = () => readdirSync(join(product.dataDir, 'keys')).filter(name);
      await eventually(() => expect(files()).toHaveLength(2));
      expect(keys()).toEqual([`${integrationId}.1.key`]);
      await product.control().integrations.deleteIntegration({ ...newCommand(), integrationId, force: true });
      await eventually(async () =>
        expect(await statusOf(integrationId)).toBe(registryV1.IntegrationStatus.DELETED),
      );
      expect(keys()).toEqual([`${integrationId}.1.destroyed`]);
      await eventually(() => expect(files()).toEqual([]));
      expect(await dumpOf(integrationId)).toEqual([]);
    },
    START_MS,
  );

  it(
    'stays in pages and in the write-ahead log, where nothing opens it with every key that remains',
    async () => {
      // So that pages that were changed in memory alone are files too.
      await product.database((client) => client.query('CHECKPOINT'));
      const kept = filesWith(Buffer.from(dump.ciphertext));
      expect(kept.some((file) => file.startsWith('pg_wal/'))).toBe(true);
      expect(kept.some((file) => file.startsWith('base/'))).toBe(true);
      expect(filesWith(Buffer.from(dump.wrappedDataKey)).some((file) => file.startsWith('pg_wal/'))).toBe(
        true,
      );
      expect(await opened(dump)).toBeUndefined();
      // The keys that remain do open what is theirs.
      const [other] = await dumpOf(neighbour.integrationId);
      expect(other && (await opened(other))).toEqual({ api_key: 'simulator-takes-any' });
    },
    START_MS,
  );
});
