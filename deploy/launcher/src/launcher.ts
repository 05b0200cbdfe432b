import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeFault, withoutCredentials } from '@gatehouse/config';
import { type PostgresServer, startPostgres, stopPredecessor } from '@gatehouse/embedded-postgres';
import { forEachName, CONTROL_SERVICE_NAMES } from '@gatehouse/topology';
import { type Announcement, announcementOf, announcementText } from './announcement';
import { ChildRegister } from './child-register';
import { type DataDirectory, dataDirectoryFault, openDataDirectory } from './data-directory';
import { type DirectoryLock, lockDirectory } from './directory-lock';
import { checkStore, identifyBus } from './engine-check';
import type { FirstKeys } from './first-organization';
import { writeJsonFile } from './json-file';
import { StateFile } from './launcher-state';
import { LogFiles } from './log-files';
import type { LauncherOptions } from './options';
import { choosePorts, type Ports } from './ports';
import {
  consoleSpec,
  databaseUrl,
  gatewaySpec,
  grpcAddress,
  GUARD,
  programsIn,
  serviceSpec,
  settingFiles,
  simulatorSpec,
  simulatorUrl,
  type SpecInput,
} from './process-specs';
import { separateUsers } from './process-users';
import { ensureSecrets, operatorToken, type Secrets } from './secrets';
import { SetupProcess } from './setup-process';
import { runSteps, type Step } from './steps';
import { type ProcessSpec, SupervisedProcess } from './supervised-process';

const POSTGRES_RESTART_MS = 500;
/** The workspace that this program is in, from where it was built to. */
const ROOT = join(__dirname, '..', '..', '..');

/** What is known once the data directory is ours. */
interface Ground {
  readonly directory: DataDirectory;
  readonly state: StateFile;
  readonly secrets: Secrets;
  readonly ports: Ports;
  readonly logs: LogFiles;
  readonly children: ChildRegister;
  readonly setup: SetupProcess;
  readonly store: string;
  readonly bus: string;
}

/** Starts everything in order, keeps it running, and stops it in the reverse order. */
export class Launcher {
  private readonly abort = new AbortController();
  private lock: DirectoryLock | undefined;
  private known: Ground | undefined;
  private postgres: Promise<PostgresServer> | undefined;
  private readonly processes: SupervisedProcess[] = [];
  private keys: FirstKeys | undefined;

  constructor(
    private readonly options: LauncherOptions,
    private readonly warn: (text: string) => void,
  ) {}

  async start(): Promise<void> {
    const live = process.stdout.isTTY && process.stderr.isTTY && !this.options.json;
    await runSteps(this.steps(), { live });
    await this.announce();
    await this.ground.setup.end();
  }

  /** Stops whatever has been started so far: gateway and console, services, simulator, Postgres. */
  async stop(): Promise<void> {
    this.abort.abort(new Error('stopped'));
    this.lock?.markStopping();
    await this.known?.setup.end();
    const named = (names: readonly string[]): SupervisedProcess[] =>
      this.processes.filter(({ name }) => names.includes(name));
    for (const group of [named(['gateway', 'console']), named(CONTROL_SERVICE_NAMES), named(['simulator'])]) {
      await Promise.all(group.map((process) => process.stop()));
    }
    const postgres = await this.postgres?.catch(() => undefined);
    await postgres?.stop();
    this.known?.logs.close();
    this.lock?.release();
  }

  /** Kills the children at once. Postgres is told to end by its guard when this process is gone. */
  kill(): void {
    for (const process of this.processes) process.kill();
  }

  private steps(): Step[] {
    const step = (title: string, run: Step['run']): Step => ({
      title,
      run: async (report) => {
        this.abort.signal.throwIfAborted();
        await run(report);
      },
    });
    return [
      step('Data directory', (report) =>
        this.takeDirectory(report).catch((error: unknown) => {
          throw dataDirectoryFault(error, this.options.dataDir);
        }),
      ),
      step('Postgres', () => this.startPostgres()),
      step('Migrations', (report) => this.migrate(report)),
      step('Services', (report) => this.startProcesses(report)),
      step('First organization', (report) => this.createFirstOrganization(report)),
    ];
  }

  private get ground(): Ground {
    if (!this.known) throw new Error('the data directory has not been taken yet');
    return this.known;
  }

  private get operatorToken(): string {
    return operatorToken(this.ground.secrets);
  }

  private async takeDirectory(report: (text: string) => void): Promise<void> {
    const directory = openDataDirectory(this.options.dataDir);
    report(directory.root);
    this.lock = await lockDirectory(directory.root);
    const state = new StateFile(directory.state);
    const store = this.settledStore(state);
    const bus = this.options.bus ?? (state.state.bus || 'postgres');
    const [busIdentity] = await Promise.all([identifyBus(bus), checkStore(store)]);
    refuseAnotherBus(state, busIdentity);
    const children = new ChildRegister(directory.children, (error) =>
      this.warn(`which processes run cannot be written down: ${error.message}`),
    );
    await children.stopOrphans();
    await stopPredecessor(directory.postgres);
    const { ports, moved } = await choosePorts(this.options.ports, state.state.ports);
    if (moved.length > 0) this.warn(`taken by another program, moved: ${moved.join(', ')}`);
    state.update({ ports, store: withoutCredentials(store), bus: withoutCredentials(bus), busIdentity });
    const secrets = ensureSecrets(directory.secrets);
    this.known = {
      directory,
      state,
      secrets,
      ports,
      store,
      bus,
      children,
      // Loads while Postgres starts.
      setup: new SetupProcess(join(ROOT, GUARD), children),
      logs: new LogFiles(directory.logs),
    };
  }

  /** The events of a data directory are in one store; another would be empty, and the history would seem lost. */
  private settledStore(state: StateFile): string {
    const before = state.state.store;
    const chosen = this.options.store ?? (before || 'postgres');
    if (before && withoutCredentials(chosen) !== before) {
      throw new Error(
        `this data directory keeps its events in ${before}; for ${withoutCredentials(chosen)} choose another with --data`,
      );
    }
    // What was remembered has lost its user and password.
    const fault = storeFault(chosen);
    if (fault !== undefined) throw new Error(`the event store's address (--store, GATEHOUSE_STORE) ${fault}`);
    return chosen;
  }

  private async startPostgres(): Promise<void> {
    const { directory, ports, secrets, logs } = this.ground;
    this.postgres = startPostgres({
      dataDir: directory.postgres,
      port: ports.postgres,
      superuserPassword: secrets.superuserPassword,
      log: logs.path('postgres'),
    });
    const server = await this.postgres;
    void server.exited.then(() => this.restartPostgres());
  }

  private async restartPostgres(): Promise<void> {
    while (!this.abort.signal.aborted) {
      try {
        await this.startPostgres();
        return;
      } catch (error) {
        this.warn((error as Error).message);
        await sleep(POSTGRES_RESTART_MS);
      }
    }
  }

  private async migrate(report: (text: string) => void): Promise<void> {
    const { ports, secrets, bus, setup } = this.ground;
    const server = await this.postgres;
    if (!server) throw new Error('Postgres was not started');
    const input = {
      serverUrl: server.url(),
      databaseUrl: databaseUrl(ports, 'postgres', secrets.superuserPassword),
      passwords: secrets.databasePasswords,
      bus,
    };
    const applied = await setup.run({ task: 'migrate', input }, report);
    if (applied > 0) report(`${applied} applied`);
  }

  private async startProcesses(report: (text: string) => void): Promise<void> {
    const { logs, children } = this.ground;
    const separation = separateUsers(this.ground.directory, programsIn(ROOT), settingFiles());
    if (!separation.separated) this.warn(togetherText(separation.because));
    const input: SpecInput = { ...this.ground, root: ROOT, separated: separation.separated };
    const specs: ProcessSpec[] = [
      simulatorSpec(input),
      ...CONTROL_SERVICE_NAMES.map((name) => serviceSpec(input, name)),
      gatewaySpec(input),
      consoleSpec(input),
    ];
    const waiting = new Set(specs.map(({ name }) => name));
    const starting = specs.map(async (spec) => {
      const process = new SupervisedProcess(spec, logs, children);
      this.processes.push(process);
      process.start();
      await process.waitUntilReady(this.abort.signal);
      waiting.delete(spec.name);
      if (waiting.size > 0) report(`waiting for ${[...waiting].join(', ')}`);
    });
    await Promise.all(starting);
  }

  private async createFirstOrganization(report: (text: string) => void): Promise<void> {
    const { state, ports, secrets, directory, setup } = this.ground;
    if (!state.state.setup.keysPrinted) {
      const input = {
        ...{ state: directory.state, ports, operatorToken: this.operatorToken },
        grpc: forEachName(CONTROL_SERVICE_NAMES, (name) => grpcAddress(ports, name)),
        secrets: { simulatorCredential: secrets.simulatorCredential },
      };
      this.keys = await setup.run({ task: 'createFirstOrganization', input }, report);
      state.reload();
    }
    const connectedTo = state.state.setup.simulatorUrl;
    if (connectedTo !== simulatorUrl(ports)) {
      this.warn(`@simulator calls ${connectedTo}, where another program is now; connect it again to use it`);
    }
  }

  private async announce(): Promise<void> {
    const { directory, ports, state, setup } = this.ground;
    const addresses = announcementOf(ports, state.state.setup, undefined);
    writeJsonFile(directory.addresses, addresses);
    const input = {
      console: addresses.console,
      provisioning: addresses.grpc['provisioning'] ?? '',
      operatorToken: this.operatorToken,
      setup: state.state.setup,
    };
    const signIn = await setup
      .run({ task: 'makeSignInLink', input }, () => undefined)
      .catch((error: Error) => {
        this.abort.signal.throwIfAborted();
        // What was started is there to be used all the same.
        this.warn(`no link to sign in by: ${error.message}`);
        return undefined;
      });
    const announcement = { ...addresses, ...(signIn && { signIn }), ...this.keys };
    await print(
      this.options.json
        ? `${JSON.stringify(announcement)}\n`
        : announcementText(announcement, directory.root),
    ).catch((error: Error) => {
      // Keys that nobody saw are issued anew at the next start; without any, what was started is there to be used.
      if (this.keys) throw new Error(`the keys could not be shown: ${error.message}`, { cause: error });
      this.warn(`where everything listens could not be shown: ${error.message}`);
    });
    // Only now: keys that were issued but not shown are issued anew at the next start.
    if (this.keys) state.updateSetup({ keysPrinted: true });
    this.keys = undefined;
  }
}

const togetherText = (because: string): string =>
  `registry and gateway run as one user, who can read the keys of stored credentials: ${because}`;

/** What has been published, and how far each service has read of it, is the bus's own: another would lose what is under way. */
const refuseAnotherBus = ({ state }: StateFile, identity: string): void => {
  if (state.busIdentity && state.busIdentity !== identity) {
    throw new Error(
      `this data directory tells its events through ${state.busIdentity}; for ${identity} choose another with --data`,
    );
  }
};

const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) =>
    process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
  );

export type { Announcement };
