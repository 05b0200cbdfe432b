import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalJson } from '@gatehouse/event-store';
import { DATA, metadataOf, READ_PREFIX, STREAM_PREFIX, STREAMS, TYPE } from './workload';

const run = promisify(execFile);

/** PostgreSQL's own bench, for the same statements on the same server: what is left to gain is in the client. */
export class Pgbench {
  constructor(
    private readonly url: string,
    private readonly directory: string,
  ) {}

  static async isInstalled(): Promise<boolean> {
    return run('pgbench', ['--version']).then(
      () => true,
      () => false,
    );
  }

  /** Transactions per second of event_store.append. */
  append(clients: number, eventsPerAppend: number, seconds: number): Promise<number> {
    const each = (value: string): string => `array[${Array(eventsPerAppend).fill(value).join(',')}]`;
    const sql = `\\set stream random(0, ${STREAMS - 1})
SELECT revision, "position" FROM event_store.append('${STREAM_PREFIX}' || :stream, -2, ${each('gen_random_uuid()')}, :types, :versions, :data, :metadata);
`;
    const filled = (value: string): string => arrayLiteral(Array<string>(eventsPerAppend).fill(value));
    return this.measure(`append-${eventsPerAppend}`, sql, clients, seconds, {
      types: filled(TYPE),
      versions: filled('1'),
      data: filled(canonicalJson(DATA)),
      metadata: arrayLiteral([canonicalJson({ ...metadataOf('0'.repeat(36)) } as never)]),
    });
  }

  /** Reads of one stream per second. */
  readStream(clients: number, seconds: number): Promise<number> {
    const sql = `\\set stream random(0, ${STREAMS - 1})
SELECT "position", stream, revision, event_id, type, version, data, metadata, recorded_at, writer FROM event_store.event
  WHERE stream = '${READ_PREFIX}' || :stream AND revision >= 0 ORDER BY revision;
`;
    return this.measure('read-stream', sql, clients, seconds, {});
  }

  private async measure(
    name: string,
    sql: string,
    clients: number,
    seconds: number,
    variables: Readonly<Record<string, string>>,
  ): Promise<number> {
    const script = join(this.directory, `${name}.sql`);
    await writeFile(script, sql);
    const { hostname, port, username, password, pathname } = new URL(this.url);
    const { stdout } = await run(
      'pgbench',
      [
        ...['--no-vacuum', '--protocol=prepared', '--file', script],
        ...['--client', String(clients), '--jobs', String(Math.min(clients, 2)), '--time', String(seconds)],
        ...Object.entries(variables).flatMap(([key, value]) => ['--define', `${key}=${value}`]),
        ...['--host', hostname, '--port', port, '--username', username, pathname.slice(1)],
      ],
      { env: { ...process.env, PGPASSWORD: password } },
    );
    const rate = /tps = ([\d.]+) \(without initial connection time\)/.exec(stdout)?.[1];
    if (rate === undefined) throw new Error(`pgbench did not say its rate:\n${stdout}`);
    return Number(rate);
  }
}

const arrayLiteral = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`).join(',')}}`;
