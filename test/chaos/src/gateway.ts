import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Product, Twin } from '@gatehouse/e2e';
import { freePort } from '@gatehouse/embedded-postgres';
import { eventually } from '@gatehouse/kernel/testing';
import type { Island } from './island';
import { system } from './machine';
import type { Volume } from './volume';

/** Where a gateway runs. */
export interface Place {
  /** From 1. */
  readonly number: number;
  /** Absent where the machine allows none. */
  readonly island: Island | undefined;
  readonly volume: Volume | undefined;
  /** Of all that it keeps; on the volume where there is one. */
  readonly directory: string;
  /** Where it listens for clients and for what others ask, and for scrapes. */
  readonly listen: { readonly http: string; readonly grpc: string; readonly metrics: string };
}

/** A part of the journal's files that may be deleted. */
export type JournalPart = 'segments' | 'identity';

/** Of its log, where it ended by itself. */
const LAST_WORDS = 500;
/** How long a supervisor goes on to start what does not start. */
const START_WITHIN_MS = 90_000;
const IDENTITY = 'identity.json';

/** One gateway of several, whose journal stays while processes come and go. */
export class Gateway {
  /** Those that may have entries on the volume: they outlive their journal's identity, and the next journal tells them with its own. */
  readonly journalsWithEntries = new Set<string>();
  private twin: Twin | undefined;

  constructor(
    private readonly product: Product,
    readonly place: Place,
    /** Hears of a process that ended though nobody ended it. */
    private readonly fell: (detail: string) => void,
  ) {}

  get url(): string {
    return `http://${this.place.listen.http}`;
  }

  get pid(): number {
    if (!this.twin) throw new Error(`gateway ${this.place.number} does not run`);
    return this.twin.servingPid;
  }

  /** As a supervisor does: again, until one of its processes serves. */
  async start(): Promise<void> {
    const twin = (this.twin = await eventually(() => this.process(), START_WITHIN_MS));
    void twin.ended.then(() => this.startAgain(twin));
  }

  private async startAgain(twin: Twin): Promise<void> {
    if (this.twin !== twin) return;
    this.twin = undefined;
    this.fell(`gateway ${this.place.number}: ${twin.said.slice(-LAST_WORDS)}`);
    await this.start().catch((error: Error) => this.fell(`gateway ${this.place.number}: ${error.message}`));
  }

  /** Another process on the same volume, which listens elsewhere. Rejects when it ends before it serves. */
  async rival(): Promise<Twin> {
    const elsewhere = async (address: string): Promise<string> =>
      `${address.slice(0, address.lastIndexOf(':'))}:${await freePort()}`;
    const { http, grpc, metrics } = this.place.listen;
    return this.process({
      http: await elsewhere(http),
      grpc: await elsewhere(grpc),
      metrics: await elsewhere(metrics),
    });
  }

  private process(listen = this.place.listen): Promise<Twin> {
    const { island, directory } = this.place;
    const settings = {
      GATEHOUSE_DATA_DIR: directory,
      GATEHOUSE_HTTP_LISTEN: listen.http,
      GATEHOUSE_GRPC_LISTEN: listen.grpc,
      GATEHOUSE_METRICS_LISTEN: listen.metrics,
    };
    return Twin.start(this.product, 'gateway', settings, island?.through);
  }

  async kill(): Promise<void> {
    const { twin } = this;
    this.twin = undefined;
    await twin?.signal('SIGKILL');
  }

  async stop(): Promise<void> {
    const { twin } = this;
    this.twin = undefined;
    await twin?.signal('SIGTERM');
  }

  /** SIGSTOP and SIGCONT. */
  async pause(): Promise<void> {
    await this.twin?.signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    await this.twin?.signal('SIGCONT');
  }

  /** How many files it may have open; answers how many it might before. */
  async limitFiles(limit: number): Promise<number> {
    const before = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/limits`, 'utf8'))?.[1];
    await system('prlimit', '--pid', String(this.pid), `--nofile=${limit}:`);
    return Number(before);
  }

  get openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** The journal that speaks from here; absent where none ever did, or where that was deleted. */
  get journalId(): string | undefined {
    try {
      const identity = readFileSync(join(this.journal, IDENTITY), 'utf8');
      return (JSON.parse(identity) as { journalId: string }).journalId;
    } catch {
      return undefined;
    }
  }

  /** Deletes files of the journal, whether or not somebody has them open. Answers how many. */
  delete(part: JournalPart): number {
    const files = readdirSync(this.journal).filter((name) =>
      part === 'identity' ? name === IDENTITY : name.endsWith('.segment'),
    );
    for (const name of files) rmSync(join(this.journal, name));
    return files.length;
  }

  private get journal(): string {
    return join(this.place.directory, 'journal');
  }

  /** What keeps it from being at rest; undefined where nothing does. */
  async unrest(): Promise<string | undefined> {
    const response = await fetch(`http://${this.place.listen.metrics}/metrics`, {
      signal: AbortSignal.timeout(5_000),
    });
    const metrics = await response.text();
    const figure = (name: string): string =>
      new RegExp(`^gatehouse_gateway_${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? 'absent';
    const zeros = ['requests_in_flight', 'holds', 'waiting', 'journal_lag_seconds'];
    const faults = zeros.filter((name) => figure(name) !== '0').map((name) => `${name} ${figure(name)}`);
    if (figure('ledger_state\\{state="open"\\}') !== '1') faults.push('its journal is not open');
    return faults.length > 0 ? `gateway ${this.place.number}: ${faults.join(', ')}` : undefined;
  }
}
