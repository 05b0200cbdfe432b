import { migrate, migrateKafka } from '@gatehouse/migrator';
import { Client } from 'pg';
import { FirstOrganization } from './first-organization';
import { StateFile } from './launcher-state';
import type { Asked, SetupTasks, Told } from './setup-tasks';
import { signInLink } from './sign-in-link';

const tell = (told: Told): void => void process.send?.(told);
const report = (text: string): void => tell({ report: text });

/** The launcher ends this process where it does not want to wait. */
const { signal } = new AbortController();

const tasks: SetupTasks = {
  async migrate({ serverUrl, databaseUrl, passwords, bus }) {
    await createDatabase(serverUrl);
    const applied = await migrate({ databaseUrl, passwords });
    if (bus !== 'postgres') await migrateKafka({ bus });
    return applied.length;
  },
  async createFirstOrganization({ state, operatorToken, ...input }) {
    const operator = { serviceToken: operatorToken };
    const organization = new FirstOrganization({ ...input, operator, state: new StateFile(state), signal });
    try {
      return await organization.create(report);
    } finally {
      organization.close();
    }
  },
  makeSignInLink: ({ operatorToken, ...input }) =>
    signInLink({ ...input, operator: { serviceToken: operatorToken }, signal }),
};

const createDatabase = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = 'gatehouse'");
    if (rowCount === 0) await client.query('CREATE DATABASE gatehouse');
  } finally {
    await client.end();
  }
};

const carryOut = async ({ task, input }: Asked): Promise<void> => {
  try {
    const run = tasks[task] as (input: unknown) => Promise<unknown>;
    tell({ done: { value: await run(input) } });
  } catch (error) {
    tell({ failed: (error as Error).message });
  }
};

process.on('message', (asked: Asked) => void carryOut(asked));
// The guard, which is loaded first, has it keep nobody alive; this process has nothing but what it is asked for.
process.channel?.ref();
