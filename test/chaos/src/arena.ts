import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product } from '@gatehouse/e2e';
import { freePort } from '@gatehouse/embedded-postgres';
import type { ForgottenLease, Losses } from './books';
import { Gate } from './gate';
import { Gateway, type Place } from './gateway';
import { Island } from './island';
import { LEASE_SETTINGS } from './lease-times';
import { Simulator } from './simulator';
import { ownerOf } from './team';
import type { Time } from './time';
import { Volume } from './volume';

/** What a provider may be silent for: a way that is cut is noticed within a run. */
const SILENCE_MS = '20000';
const SETTINGS = {
  ...LEASE_SETTINGS,
  GATEHOUSE_HEADERS_TIMEOUT_MS: SILENCE_MS,
  GATEHOUSE_IDLE_TIMEOUT_MS: SILENCE_MS,
};
const [HTTP, GRPC, METRICS] = [8_080, 8_081, 8_082];

interface ArenaOptions {
  readonly gateways: number;
  /** Whether gateways may be on islands, with disks of their own. */
  readonly namespaces: boolean;
  readonly time: Time;
}

/** The whole product on Kafka and Postgres, several gateways and a provider: all that faults strike. */
export class Arena {
  /** What faults have taken away for good. */
  readonly losses: Readonly<Record<keyof Losses, Set<string>>> = {
    journals: new Set(),
    emptied: new Set(),
    attempts: new Set(),
  };
  /** By the ledger, when it was restored. */
  readonly forgotten: ForgottenLease[] = [];
  /** Gateways that ended though nobody ended them. */
  readonly fallen: string[] = [];
  readonly gate = new Gate();

  private constructor(
    readonly product: Product,
    readonly simulator: Simulator,
    readonly gateways: readonly Gateway[],
    readonly time: Time,
    private readonly directory: string,
  ) {}

  static async start({ gateways: count, namespaces, time }: ArenaOptions): Promise<Arena> {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-chaos-'));
    const host = namespaces ? '127.0.0.2' : '127.0.0.1';
    const simulator = await Simulator.start(host, join(directory, 'simulator'));
    try {
      const product = await Product.start({ env: SETTINGS, engines: { store: 'postgres', bus: 'kafka' } });
      const gateways: Gateway[] = [];
      const arena = new Arena(product, simulator, gateways, time, directory);
      try {
        for (let number = 1; number <= count; number++) {
          const home = join(directory, `gateway-${number}`);
          const place = namespaces ? await apart(number, home) : await together(number, home);
          gateways.push(new Gateway(product, place, (detail) => arena.fallen.push(detail)));
        }
        await Promise.all(gateways.map((gateway) => gateway.start()));
        return arena;
      } catch (error) {
        await product.stop();
        throw error;
      }
    } catch (error) {
      await simulator.stop();
      throw error;
    }
  }

  gateway(number: number): Gateway {
    const found = this.gateways.find(({ place }) => place.number === number);
    if (!found) throw new Error(`there is no gateway ${number}`);
    return found;
  }

  islandOf(gateway: number): Island {
    const { island } = this.gateway(gateway).place;
    if (!island) throw new Error(`gateway ${gateway} is on no island`);
    return island;
  }

  volumeOf(gateway: number): Volume {
    const { volume } = this.gateway(gateway).place;
    if (!volume) throw new Error(`gateway ${gateway} has no disk of its own`);
    return volume;
  }

  /** For a gateway that is dead: what it has called so far need not be recorded. */
  async loseAttemptsOf(gateway: number): Promise<void> {
    for (const { id, model } of await this.simulator.rows())
      if (ownerOf(model)?.gateway === gateway) this.losses.attempts.add(id);
  }

  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.kill()));
    await this.simulator.stop();
    await this.product.stop();
    for (const { place } of this.gateways) await place.volume?.unmount();
    await rm(this.directory, { recursive: true, force: true });
  }
}

const apart = async (number: number, home: string): Promise<Place> => {
  const [island, volume] = await Promise.all([Island.make(number), Volume.mount(home)]);
  const [inside, outside] = [island.address('inside'), island.address('outside')];
  return {
    number,
    island,
    volume,
    directory: join(home, 'data'),
    listen: { http: `${outside}:${HTTP}`, grpc: `${inside}:${GRPC}`, metrics: `${inside}:${METRICS}` },
  };
};

const together = async (number: number, home: string): Promise<Place> => {
  const [http, grpc, metrics] = await Promise.all([freePort(), freePort(), freePort()]);
  return {
    number,
    island: undefined,
    volume: undefined,
    directory: join(home, 'data'),
    listen: { http: `127.0.0.1:${http}`, grpc: `127.0.0.1:${grpc}`, metrics: `127.0.0.1:${metrics}` },
  };
};
