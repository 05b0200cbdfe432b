import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort, isPortFree, startPostgres, type PostgresServer } from './index';
import { readPostmasterFile, trySignal } from './postmaster-file';

let parent: string;
let dataDir: string;
let port: number;
const running: PostgresServer[] = [];

const start = async (dataDirectory = dataDir): Promise<PostgresServer> => {
  const log = join(parent, 'postgres.log');
  const server = await startPostgres({ dataDir: dataDirectory, port, log, superuserPassword: 'secret' });
  running.push(server);
  return server;
};

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'));
  // Where Postgres is another user, that user cannot come in from here.
  chmodSync(parent, 0o700);
  dataDir = join(parent, 'a directory', 'data');
  port = await freePort();
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('startPostgres', () => {
  it('keeps what was committed, in a directory that only its owner can reach', async () => {
    const first = await start();
    await ask(first.url(), 'CREATE TABLE stopped AS SELECT 1 AS one');
    await first.stop();
    await first.stop();
    expect(await isPortFree(port)).toBe(true);
    expect(await ask((await start()).url(), 'SELECT one FROM stopped')).toEqual([{ one: 1 }]);
  });

  it('lets nobody in without the password', async () => {
    const url = (await start()).url().replace('secret', 'guess');
    await expect(ask(url, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('recovers after a SIGKILL', async () => {
    const killed = await start();
    await ask(killed.url(), 'CREATE TABLE killed AS SELECT 1 AS one');
    trySignal(killed.pid, 'SIGKILL');
    await killed.exited;
    expect(await ask((await start()).url(), 'SELECT one FROM killed')).toEqual([{ one: 1 }]);
  });

  it('stops the server that an earlier start left running', async () => {
    const left = await start();
    const next = await start();
    await left.exited;
    expect(next.pid).not.toBe(left.pid);
    expect(await ask(next.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is not misled by a process id that now belongs to another program', async () => {
    await (await start()).stop();
    const lines = [process.pid, dataDir, 1, port, '', '127.0.0.1', '', 'ready'];
    writeFileSync(join(dataDir, 'postmaster.pid'), lines.join('\n'));
    expect(await ask((await start()).url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('begins again where making the data directory was interrupted', async () => {
    const another = join(parent, 'another', 'data');
    mkdirSync(`${another}.partial-0123456789ab/base`, { recursive: true });
    expect(await ask((await start(another)).url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(join(parent, 'another'))).toEqual(['data']);
  });

  it('ends when the process that started it is killed', async () => {
    await (await start()).stop();
    const script = `
      const { startPostgres } = require(${JSON.stringify(join(__dirname, '..', 'dist', 'index.js'))});
      startPostgres(${JSON.stringify({ dataDir, port, log: join(parent, 'log'), superuserPassword: 'secret' })})
        .then(({ pid }) => process.stdout.write(String(pid)));
    `;
    const starter = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(starter.stdout, 'data');
    starter.kill('SIGKILL');
    for (let waited = 0; !(await isPortFree(port)) && waited < 100; waited++) await sleep(50);
    expect(await isPortFree(port)).toBe(true);
    expect(readPostmasterFile(dataDir)).toBeUndefined();
  });
});
