import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { KafkaBroker } from '@gatehouse/bus-kafka/testing';
import { ROOT } from './root';

export interface ChosenEngines {
  readonly store: 'postgres' | 'eventstoredb';
  readonly bus: 'postgres' | 'kafka';
  /** Why the bus cannot be had here. */
  readonly missing?: string;
}

/** What this run of the suites is on: set by the Jest configuration, and by nothing else. */
declare global {
  var gatehouseEngines: ChosenEngines | undefined;
}

/** The event store and the bus of one product, real ones and its own, handed to it by configuration alone. */
export class Engines {
  private constructor(
    /** As `--store` takes it. */
    readonly store: string,
    /** Absent where Postgres is the bus. */
    readonly broker: KafkaBroker | undefined,
    private readonly storeServer: StoreServer | undefined,
  ) {}

  /** Those of this run; Postgres alone where it is no run of the suites. */
  static get chosen(): ChosenEngines {
    return globalThis.gatehouseEngines ?? { store: 'postgres', bus: 'postgres' };
  }

  /** @param chosen those of this run where none are named. */
  static async start({ store, bus }: ChosenEngines = Engines.chosen): Promise<Engines> {
    const given = process.env['EVENTSTOREDB_URL'];
    const [broker, server] = await Promise.all([
      bus === 'kafka' ? KafkaBroker.start() : undefined,
      store === 'eventstoredb' && !given ? StoreServer.start() : undefined,
    ]);
    const setting = store === 'postgres' ? 'postgres' : (given ?? server?.url ?? '');
    return new Engines(setting, broker, server);
  }

  /** As `--bus` takes it. */
  get bus(): string {
    return this.broker?.url ?? 'postgres';
  }

  /** Arguments of `npm start`. None where the defaults are meant, as a user gives none. */
  get args(): string[] {
    return [
      ...(this.store === 'postgres' ? [] : ['--store', this.store]),
      ...(this.broker ? ['--bus', this.bus] : []),
    ];
  }

  async stop(): Promise<void> {
    this.storeServer?.stop();
    await this.broker?.stop();
  }
}

/** The wire-level test server in a process of its own, for want of a real EventStoreDB (EVENTSTOREDB_URL names one). */
class StoreServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<StoreServer> {
    const guard = join(ROOT, 'deploy/launcher/bin/exit-with-parent.cjs');
    const script = join(ROOT, 'deploy/eventstoredb-test-server/dist/main.js');
    const child = spawn(process.execPath, ['--require', guard, script, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    if (!child.stdout) throw new Error('the test server has no standard output');
    for await (const line of createInterface({ input: child.stdout })) {
      return new StoreServer(child, (JSON.parse(line) as { listening: string }).listening);
    }
    throw new Error(`the EventStoreDB test server ended with ${child.exitCode}`);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
