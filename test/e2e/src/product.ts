import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@gatehouse/kernel/testing';
import { databaseRoleOf, type ServiceName } from '@gatehouse/topology';
import { Client } from 'pg';
import { CommandLine } from './command-line';
import { ControlPlane } from './control-plane';
import { type ChosenEngines, Engines } from './engines';
import { GatewayClient } from './gateway-client';
import { type Announcement, freeGatewayPort, Launch, userEnv } from './launch';
import { processTree, runningProcesses } from './process-tree';
import { OperatorsProjections } from './operators-projections';
import { ProviderBook } from './provider-book';

export interface ProductOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly throughNpm?: boolean;
  readonly node?: string;
  /** In place of those of the run. */
  readonly engines?: ChosenEngines;
}

/** The whole product, started as a user starts it, on a data directory of its own. */
export class Product {
  private launch: Launch;
  private readonly closing: (() => void | Promise<void>)[] = [];
  private readonly controls = new Map<string, ControlPlane>();
  private commandLine: CommandLine | undefined;

  private constructor(
    readonly dataDir: string,
    readonly engines: Engines,
    private readonly args: readonly string[],
    private readonly options: ProductOptions,
    launch: Launch,
    /** What the first start announced, with its two keys. */
    readonly first: Required<Announcement>,
  ) {
    this.launch = launch;
  }

  static async start({ engines: chosen, ...options }: ProductOptions = {}): Promise<Product> {
    const dataDir = temporaryDirectory();
    const engines = await Engines.start(chosen);
    const port = String(await freeGatewayPort());
    const args = ['--json', '--data', dataDir, '--port', port, ...engines.args];
    const launch = Launch.start({ args, ...options });
    try {
      const announcement = await launch.ready();
      return new Product(dataDir, engines, args, options, launch, announcement as Required<Announcement>);
    } catch (error) {
      await launch.interrupt();
      await engines.stop();
      throw error;
    }
  }

  /** The launcher's process id; npm's where npm started it. */
  get pid(): number {
    return this.launch.pid;
  }

  get stdout(): string {
    return this.launch.stdout;
  }

  get stderr(): string {
    return this.launch.stderr;
  }

  get gatewayUrl(): string {
    return this.first.gateway;
  }

  /** Starts again on the same directory and answers what that start announced. */
  async startAgain(): Promise<Announcement> {
    this.launch = Launch.start({ args: this.args, ...this.options });
    return this.launch.ready();
  }

  /** Ctrl-C. */
  async interrupt(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return this.launch.interrupt();
  }

  /** Ends everything and removes the directory. */
  async stop(): Promise<void> {
    await Promise.all(this.closing.map((close) => close()));
    await this.launch.interrupt();
    await this.engines.stop();
    if (process.env['GATEHOUSE_TEST_KEEP'] === undefined)
      rmSync(this.dataDir, { recursive: true, force: true });
  }

  pidOf(process: ServiceName | 'console' | 'simulator'): number | undefined {
    const file = readFileSync(join(this.dataDir, 'children.json'), 'utf8');
    return (JSON.parse(file) as Record<string, { pid: number } | undefined>)[process]?.pid;
  }

  /** The lines that a service has written, each a JSON object. */
  logOf<Line>(process: ServiceName): Line[] {
    const text = readFileSync(join(this.dataDir, 'logs', `${process}.log`), 'utf8');
    // The last line may be half written.
    const lines = text.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  }

  /** SIGKILL; answers the id of the process that is dead now. */
  killService(service: ServiceName): number {
    const pid = this.pidOf(service);
    if (pid === undefined) throw new Error(`${service} does not run`);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Those that the gateway has forked to serve: tokens are counted by another. */
  get workerPids(): readonly number[] {
    const gateway = this.pidOf('gateway');
    return runningProcesses().flatMap(({ pid, parent, command }) =>
      parent === gateway && command.includes('bundle.cjs') ? [pid] : [],
    );
  }

  /** SIGKILL of Postgres; answers the id of the process that is dead now. */
  killPostgres(): number {
    const pid = this.postgresPid;
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  get postgresPid(): number {
    return Number(readFileSync(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** SIGKILL of the launcher; waits until everything below it has ended by itself. */
  async killLauncher(): Promise<void> {
    const tree = processTree(this.pid).map(({ pid }) => pid);
    await this.launch.kill();
    await eventually(() => {
      const left = runningProcesses().filter(({ pid }) => tree.includes(pid));
      if (left.length > 0) throw new Error(`still running: ${left.map(({ command }) => command).join(', ')}`);
    }, 20_000);
  }

  /** The gRPC APIs as the admin key sees them, or another key. */
  control(key = this.first.adminKey): ControlPlane {
    const known = this.controls.get(key);
    if (known) return known;
    const control = new ControlPlane(this.first.grpc, { apiKey: key });
    this.controls.set(key, control);
    this.closing.push(() => control.close());
    return control;
  }

  /** The services' projections in the operator's hand. */
  get projections(): OperatorsProjections {
    return new OperatorsProjections(this.first.grpc, this.operatorToken);
  }

  /** The gRPC APIs as the operator sees them. */
  get operator(): ControlPlane {
    const control = new ControlPlane(this.first.grpc, { serviceToken: this.operatorToken });
    this.closing.push(() => control.close());
    return control;
  }

  /** The gateway as one key sees it. */
  gateway(key = this.first.apiKey): GatewayClient {
    const client = new GatewayClient(this.gatewayUrl, key);
    this.closing.push(() => client.close());
    return client;
  }

  get book(): ProviderBook {
    return new ProviderBook(this.first.simulator);
  }

  /** `npx gatehouse …` with the admin key; rejects when it fails. */
  cli(...args: string[]): Promise<string> {
    if (!this.commandLine) {
      const env = { ...userEnv(), GATEHOUSE_ADMIN_KEY: this.first.adminKey };
      const commandLine = (this.commandLine = new CommandLine(env));
      this.closing.push(() => commandLine.close());
    }
    return this.commandLine.run(['--data', this.dataDir, ...args]);
  }

  /** The database's address as its owner has it, or as one service's role. */
  databaseUrl(service?: ServiceName): string {
    const { superuserPassword, databasePasswords } = this.file<{
      superuserPassword: string;
      databasePasswords: Record<ServiceName, string>;
    }>('secrets.json');
    const { ports } = this.file<{ ports: { postgres: number } }>('state.json');
    const url = new URL(`postgres://127.0.0.1:${ports.postgres}/gatehouse`);
    url.username = service === undefined ? 'postgres' : databaseRoleOf(service);
    url.password = service === undefined ? superuserPassword : databasePasswords[service];
    return url.href;
  }

  /** The database, as its owner. */
  async database<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.databaseUrl() });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  private get operatorToken(): string {
    const { serviceTokens } = this.file<{ serviceTokens: { operator: string } }>('secrets.json');
    return serviceTokens.operator;
  }

  private file<Content>(name: string): Content {
    return JSON.parse(readFileSync(join(this.dataDir, name), 'utf8')) as Content;
  }
}

export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'gatehouse-e2e-'));

/** Standard output of a command; rejects with all it said when it fails. */
export const runCommand = (
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ended with ${code ?? signal}:\n${out}\n${err}`));
    });
  });
