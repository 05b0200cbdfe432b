import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { clientCredentials, TlsFiles } from '@gatehouse/grpc';
import { type FirstKeys, FirstOrganization, StateFile } from '@gatehouse/launcher';
import {
  CONSOLE,
  forEachName,
  CONTROL_SERVICE_NAMES,
  type ControlServiceName,
  type Identity,
  publishedPortOf,
  SERVICE_NAMES,
  type ServiceName,
} from '@gatehouse/topology';
import type { ComposeFiles } from './compose-files';
import { readEnvFile } from './env-file';
import { CA_FILE, CERTIFICATE_FILE, KEY_FILE } from './tls-directory';

/** Published on 127.0.0.1; variables of the same meaning in the env file change them. */
const DEFAULT_PORTS = {
  ...forEachName(SERVICE_NAMES, publishedPortOf),
  console: CONSOLE.listens.http,
  simulator: 8080,
};
export type PublishedPort = ServiceName | 'console' | 'simulator';

export const PUBLISHED_PORTS = Object.keys(DEFAULT_PORTS) as readonly PublishedPort[];
export const portVariable = (name: PublishedPort): string => `GATEHOUSE_${name.toUpperCase()}_PORT`;

/** Where the gateway's container finds the simulator's. */
const SIMULATOR_URL = 'http://simulator:8080';

/** A composed installation as its operator sees it, from the host. */
export class Installation {
  readonly ports: Readonly<Record<PublishedPort, number>>;
  private readonly env: ReadonlyMap<string, string>;
  private readonly state: StateFile;

  constructor(private readonly files: ComposeFiles) {
    this.env = readEnvFile(files.env);
    mkdirSync(files.directory, { recursive: true, mode: 0o700 });
    this.state = new StateFile(files.state);
    this.ports = Object.fromEntries(PUBLISHED_PORTS.map((name) => [name, this.portOf(name)])) as Record<
      PublishedPort,
      number
    >;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.ports.gateway}`;
  }

  get consoleUrl(): string {
    return `http://127.0.0.1:${this.ports.console}`;
  }

  get simulatorUrl(): string {
    return `http://127.0.0.1:${this.ports.simulator}`;
  }

  /** gRPC addresses by service; by name, which is what a certificate is best checked against. */
  get grpc(): Readonly<Record<ControlServiceName, string>> {
    return forEachName(CONTROL_SERVICE_NAMES, (name) => `localhost:${this.ports[name]}`);
  }

  get organizationId(): string {
    return this.state.state.setup.organizationId ?? '';
  }

  get workspaceId(): string {
    return this.state.state.setup.workspaceId ?? '';
  }

  /** True once the first organization's keys have been shown. */
  get isSetUp(): boolean {
    return this.state.state.setup.keysPrinted;
  }

  markSetUp(): void {
    this.state.updateSetup({ keysPrinted: true });
  }

  /** What `npm start` makes at its first start: organization, workspace, the simulator connected, keys. */
  async createFirstOrganization(
    report: (text: string) => void,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<FirstKeys> {
    this.state.updateSetup({ simulatorUrl: SIMULATOR_URL });
    const organization = new FirstOrganization({
      // The last two are not published, and not asked for.
      ports: { ...this.ports, postgres: 0, 'gateway-grpc': 0 },
      grpc: this.grpc,
      secrets: { simulatorCredential: this.required('GATEHOUSE_SIMULATOR_CREDENTIAL') },
      operator: { certificate: clientCredentials(this.tlsOf('operator')) },
      state: this.state,
      signal,
    });
    try {
      return await organization.create(report);
    } finally {
      organization.close();
    }
  }

  /** Whom this installation believes, and a holder's certificate; without a name, none is shown. */
  tlsOf(name?: Identity): TlsFiles {
    const ca = join(this.tlsDirectory, CA_FILE);
    if (name === undefined) return new TlsFiles({ ca });
    const directory = join(this.tlsDirectory, name);
    return new TlsFiles({
      ca,
      own: { certificate: join(directory, CERTIFICATE_FILE), key: join(directory, KEY_FILE) },
    });
  }

  get tlsDirectory(): string {
    return this.files.tls;
  }

  get addressesFile(): string {
    return this.files.addresses;
  }

  /** As compose takes it: what the environment says goes before the file, and what is empty is not said. */
  private portOf(name: PublishedPort): number {
    const variable = portVariable(name);
    return Number(process.env[variable] || this.env.get(variable) || DEFAULT_PORTS[name]);
  }

  private required(name: string): string {
    const value = this.env.get(name);
    if (!value) throw new Error(`${this.files.env} has no ${name}`);
    return value;
  }
}
