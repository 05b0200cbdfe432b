import type { SeededRandom } from '@gatehouse/kernel/testing';
import { Arena } from './arena';
import type { Books } from './books';
import { checkBooks, type Violation } from './check-books';
import { Clients, type Told } from './clients';
import type { Fault } from './faults/fault';
import { type Blow, type Lane, planOf } from './plan';
import { readBooks } from './read-books';
import { Admins, type ChaosTeam, OF_ALL, ROOMY, waveOf } from './team';
import type { Time } from './time';

export interface RunOptions {
  readonly minutes: number;
  readonly gateways: number;
  readonly clients: number;
  readonly faults: readonly Fault[];
  readonly namespaces: boolean;
  readonly random: SeededRandom;
  readonly time: Time;
  /** Of what happens as it does. */
  readonly say: (line: string) => void;
}

export interface RunResult {
  readonly seconds: number;
  /** How often each kind struck. */
  readonly struck: ReadonlyMap<string, number>;
  readonly told: Told;
  readonly books: Books;
  readonly violations: readonly Violation[];
}

/** Clients go on for so long once all is healed: it is to work again. */
const CALM_MS = 10_000;
/** A wave is spent sooner; then its teams are refused until the next comes. */
const WAVE_MS = 25_000;

/** Sets up, lets clients call while faults strike, heals, and holds all books against each other. */
export const run = async (options: RunOptions, end: AbortSignal): Promise<RunResult> => {
  const { time, random, faults, minutes, gateways } = options;
  const lanes = planOf(random, { kinds: faults, gateways, minutes });
  const arena = await Arena.start(options);
  try {
    const stage = await Stage.open(arena, options);
    const begun = time.now();
    const over = (): boolean => end.aborted || time.now() - begun >= minutes * 60_000;
    const strikes = new Strikes(arena, options, over);
    const waves = stage.makeWaves(over);
    await Promise.all(lanes.map((lane) => strikes.follow(lane)));
    await waves;
    await time.sleep(CALM_MS);
    await stage.clients.stop();
    const seconds = Math.round((time.now() - begun) / 1_000);
    options.say(`${seconds} s of faults are over; waiting until nothing is under way`);
    const books = await readBooks(arena, stage.teams, stage.clients.told.answered);
    const violations = [...arena.fallen.map(fallen), ...strikes.violations, ...checkBooks(books)];
    return { seconds, struck: strikes.struck, told: stage.clients.told, books, violations };
  } finally {
    await arena.stop();
  }
};

const fallen = (detail: string): Violation => ({ rule: 'a gateway ended by itself', detail });

/** Budgets that come and go, and those who spend them. */
class Stage {
  readonly clients: Clients;
  /** Of all that ever were. */
  readonly teams: ChaosTeam[];
  private now: readonly ChaosTeam[];

  private constructor(
    private readonly admins: Admins,
    private readonly options: RunOptions,
    arena: Arena,
    private readonly roomy: readonly ChaosTeam[],
  ) {
    this.teams = [...roomy];
    this.now = roomy;
    const called = arena.gateways.map(({ place, url }) => ({ number: place.number, url }));
    this.clients = new Clients(called, () => this.now, options.random, options.time, options.clients);
  }

  static async open(arena: Arena, options: RunOptions): Promise<Stage> {
    const admins = new Admins(
      arena.product,
      arena.simulator.url,
      arena.gateways.map(({ place }) => place.number),
    );
    await admins.limitOrganization(OF_ALL);
    return new Stage(admins, options, arena, await admins.newTeams('roomy', [ROOMY], []));
  }

  async makeWaves(over: () => boolean): Promise<void> {
    for (let number = 1; !over(); number++) {
      const { slug, plans, limits } = waveOf(number);
      const wave = await this.admins.newTeams(slug, plans, limits);
      const before = this.now.slice(this.roomy.length);
      this.teams.push(...wave);
      this.now = [...this.roomy, ...wave];
      for (const team of before) await this.clients.forget(team);
      await sleepUnless(this.options.time, WAVE_MS, over);
    }
  }
}

/** Strikes and heals, and what did not come back. */
class Strikes {
  readonly struck = new Map<string, number>();
  readonly violations: Violation[] = [];
  private readonly kinds: ReadonlyMap<string, Fault>;

  constructor(
    private readonly arena: Arena,
    private readonly options: RunOptions,
    private readonly over: () => boolean,
  ) {
    this.kinds = new Map(options.faults.map((fault) => [fault.kind, fault]));
  }

  async follow(lane: Lane): Promise<void> {
    const { time } = this.options;
    for (const blow of lane) {
      await sleepUnless(time, blow.pauseMs, this.over);
      if (this.over()) return;
      await this.arena.gate.enter();
      try {
        await this.strike(blow);
      } catch (error) {
        this.violations.push({
          rule: 'a fault was not healed',
          detail: `${wordsOf(blow)}: ${(error as Error).message}`,
        });
        this.options.say(`${wordsOf(blow)}: NOT HEALED`);
      } finally {
        this.arena.gate.leave();
      }
    }
  }

  private async strike(blow: Blow): Promise<void> {
    const fault = this.kinds.get(blow.kind);
    if (!fault) throw new Error('no such fault is known');
    const begun = this.options.time.now();
    const heal = await fault.strike(this.arena, blow);
    this.struck.set(blow.kind, (this.struck.get(blow.kind) ?? 0) + 1);
    await sleepUnless(this.options.time, blow.lastsMs, this.over);
    await heal();
    this.options.say(`${wordsOf(blow)}: ${Math.round(this.options.time.now() - begun)} ms`);
  }
}

const wordsOf = ({ kind, gateway }: Blow): string => (gateway > 0 ? `${kind} (gateway ${gateway})` : kind);

const STEP_MS = 500;

/** Ends early once it is over. */
const sleepUnless = async (time: Time, ms: number, over: () => boolean): Promise<void> => {
  for (const until = time.now() + ms; !over() && time.now() < until;)
    await time.sleep(Math.min(STEP_MS, until - time.now()));
};
