import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { TokenCounter } from '../../app/gateway.ports';
import { JournalLocked } from '../journal/journal-lock';
import { permissionFlags } from '../posix/permission-flags';
import { FleetMetrics } from './fleet-metrics';
import { Silence } from './silence';
import { syncWithin } from './sync-within';
import { closeUntaken } from './untaken-connections';
import {
  ALIVE_EVERY_MS,
  EXIT_LOCKED,
  TASK_VARIABLE,
  type ToPrimary,
  type ToWorker,
  type WorkerTask,
} from './worker-messages';
import { openSlot, slotParts, WorkerSlots } from './worker-slots';

export interface FleetOptions {
  readonly workers: number;
  readonly dataDir: string;
  readonly gatewayId: string;
  /** Files and directories that workers may read, beside their own. */
  readonly reads: readonly string[];
  /** Those that all of them may write, beside what is in their slot. */
  readonly writes: readonly string[];
  readonly tokens: TokenCounter;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: ServiceLog;
}

interface Member {
  readonly task: WorkerTask;
  /** What it may write, and have on disk. */
  readonly writes: readonly string[];
  readonly process: Worker;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  state: 'starting' | 'serving' | 'leaving';
  ready: boolean;
  readonly silence: Silence;
  /** When the latest that it wanted synced is; it never rejects. */
  synced: Promise<void>;
}

/** Who lived for so long had started well. */
const STEADY_MS = 30_000;
const BACKOFF_MS = [0, 250, 500, 1_000, 2_000, 5_000] as const;
/** A journal that somebody else holds is looked at again after so long. */
const HELD_AGAIN_MS = 15_000;
/** Workers of a primary that was killed end by themselves, within this. */
const ENDING_MS = 2_000;
const LOOK_EVERY_MS = 50;
/** How often it is looked whether each worker was heard. A process that slept itself has looked once, and ends nobody for it. */
const LISTEN_EVERY_MS = 2 * ALIVE_EVERY_MS;
/** Of a worker, by which it has its journal's lock. */
const LOCK = 4;

/**
 * The workers of a gateway. Each is a gateway of its own, with a journal and leases, behind listening sockets that they share; who
 * forks them opens nothing else, but for the lock of a journal, which it hands on. Each reads and writes what it needs, starts nothing, and has
 * its tokens counted here. One that dies is followed by another, which replays its journal, and one that stands still is ended; what one leaves that nobody
 * follows is told by one that serves nobody.
 */
export class WorkerFleet {
  readonly metrics = new FleetMetrics();
  private readonly members = new Map<number, Member>();
  private readonly slots: WorkerSlots;
  private readonly changes = new EventEmitter();
  private served = '';
  private deaths = 0;
  private failed: Error | undefined;
  private stopping = false;
  private reloading: Promise<void> | undefined;
  /** Those that are to take the place of all others. */
  private rising: readonly Member[] = [];

  constructor(private readonly options: FleetOptions) {
    this.slots = new WorkerSlots(options.dataDir);
    cluster.on('message', (worker, message: ToPrimary) => this.heard(worker, message));
    cluster.on('exit', (worker, code, signal) => this.exited(worker, code, signal));
  }

  /** Resolves with where they listen, once all do; undefined where they are stopped first. Errors: Error where one ends before any has served. */
  async start(): Promise<string | undefined> {
    setInterval(() => this.endStalled(), LISTEN_EVERY_MS).unref();
    await this.predecessorsEnd();
    if (this.stopping) return undefined;
    for (let number = 0; number < this.options.workers; number++) this.serve('soon');
    for (const slot of this.slots.takeLeft()) this.finish(slot);
    const serve = (): boolean => this.serving().length === this.options.workers;
    await this.until(() => this.stopping || this.failed !== undefined || serve());
    if (this.failed) {
      await this.stop();
      throw this.failed;
    }
    return this.stopping ? undefined : this.served;
  }

  /** Others take the place of all workers, who end when these serve. Where they do not come to, and where all are to end, nothing changes. */
  async reload(): Promise<void> {
    if (this.stopping) return;
    this.reloading ??= this.reloadNow().finally(() => (this.reloading = undefined));
    await this.reloading;
  }

  /** Every worker drains, settles, and ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { process } of this.members.values()) process.process.kill('SIGTERM');
    await this.until(() => this.members.size === 0);
  }

  private async reloadNow(): Promise<void> {
    const { workers, log } = this.options;
    const rising = this.rise();
    this.rising = rising;
    const live = (): boolean =>
      rising.length === workers && rising.every((member) => this.members.get(member.task.slot) === member);
    await this.until(() => this.stopping || !live() || rising.every(({ state }) => state === 'serving'));
    this.rising = [];
    if (this.stopping) return;
    const came = live();
    for (const member of [...this.members.values()])
      if (member.task.role === 'serve' && rising.includes(member) !== came) this.leave(member);
    if (came) log.info({ workers }, 'other workers serve');
    else log.error({ workers }, 'other workers did not come to serve: those of before go on');
  }

  /** As many as there are to be, or as many as can be started, which is too few. */
  private rise(): readonly Member[] {
    const risen: Member[] = [];
    try {
      while (risen.length < this.options.workers) risen.push(this.serve('ready'));
    } catch (error) {
      this.options.log.error({ err: error }, 'a worker cannot be started');
    }
    return risen;
  }

  private leave(member: Member): void {
    member.state = 'leaving';
    tell(member, { kind: 'leave' });
  }

  /** Those that take connections. */
  private serving(): readonly Member[] {
    return [...this.members.values()].filter(({ state }) => state === 'serving');
  }

  private async predecessorsEnd(): Promise<void> {
    const { clock, dataDir } = this.options;
    const since = clock.monotonicMs();
    for (const slot of this.slots.ofBefore)
      while (isHeld(dataDir, slot) && clock.monotonicMs() - since < ENDING_MS) await sleep(LOOK_EVERY_MS);
  }

  /** In a slot that it takes where none is given, which is free again where no worker can be started. */
  private serve(listens: WorkerTask['listens'], given?: number): Member {
    const { gatewayId } = this.options;
    const slot = given ?? this.slots.take();
    let member: Member | undefined;
    try {
      member = this.fork({ slot, role: 'serve', gatewayId, listens });
    } catch (error) {
      if (given === undefined) this.slots.free(slot);
      throw error;
    }
    return member ?? this.serve(listens);
  }

  private finish(slot: number): void {
    this.fork({ slot, role: 'finish', gatewayId: this.options.gatewayId, listens: 'ready' });
  }

  /** Undefined where another process holds the slot's journal, which is looked at again later. */
  private fork(asked: WorkerTask): Member | undefined {
    const { dataDir, reads, writes } = this.options;
    const lock = openUnlessHeld(dataDir, asked.slot);
    if (lock === 'held') {
      this.heldElsewhere(asked.slot);
      return undefined;
    }
    const allWrites = [...writes, ...slotParts(dataDir, asked.slot)];
    try {
      cluster.setupPrimary({
        execArgv: [...process.execArgv, ...permissionFlags({ reads, writes: allWrites, sockets: true })],
        stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...(lock === undefined ? [] : [lock])],
      });
      return this.begin(lock === undefined ? asked : { ...asked, lock: LOCK }, allWrites);
    } finally {
      // It is the worker's from here on, also when this process dies.
      if (lock !== undefined) closeSync(lock);
    }
  }

  private begin(task: WorkerTask, writes: readonly string[]): Member {
    const process = cluster.fork({ [TASK_VARIABLE]: JSON.stringify(task) });
    closeUntaken(process.process);
    const startedAt = this.options.clock.monotonicMs();
    const member: Member = {
      task,
      writes,
      process,
      startedAt,
      state: 'starting',
      ready: false,
      silence: new Silence(),
      synced: Promise.resolve(),
    };
    this.members.set(task.slot, member);
    process.on('error', (error) => this.broken(member, error));
    if (task.role === 'serve') this.metrics.add(process.id, () => tell(member, { kind: 'metrics' }));
    return member;
  }

  private heard(worker: Worker, message: ToPrimary): void {
    const member = this.memberOf(worker);
    if (!member) return;
    member.silence.heard();
    switch (message.kind) {
      case 'metrics':
        return this.metrics.heard(worker.id, message.metrics);
      case 'serving':
        this.served ||= message.url;
        if (member.state === 'starting') member.state = 'serving';
        break;
      case 'ready':
        member.ready = true;
        break;
      case 'count':
        return void this.count(member, message);
      case 'sync':
        return this.sync(member, message);
      case 'alive':
        return;
    }
    this.changed();
  }

  private async count(
    member: Member,
    { id, tokenizer, text }: Extract<ToPrimary, { kind: 'count' }>,
  ): Promise<void> {
    tell(member, {
      kind: 'counted',
      id,
      tokens: await this.options.tokens.count(tokenizer, Buffer.from(text)),
    });
  }

  /** One at a time for each of them. */
  private sync(member: Member, { id, path }: Extract<ToPrimary, { kind: 'sync' }>): void {
    member.synced = member.synced.then(async () => {
      const error = await syncWithin(member.writes, path).then(
        () => undefined,
        ({ code, syscall, message }: NodeJS.ErrnoException) => ({ code, syscall, message }),
      );
      tell(member, { kind: 'synced', id, error });
    });
  }

  /** What holds of all is told to each. */
  private changed(): void {
    const serving = this.serving();
    const ready = serving.every((member) => member.ready);
    for (const member of serving) tell(member, { kind: 'companions', ready });
    this.changes.emit('change');
  }

  private exited(worker: Worker, code: number | null, signal: string | null): void {
    const member = this.memberOf(worker);
    if (!member) return;
    this.members.delete(member.task.slot);
    this.metrics.gone(worker.id);
    if (!this.stopping) this.follow(member, code, signal);
    this.changed();
  }

  /** Of a process that never began, for want of descriptors or processes, no end is heard; of every other it is. */
  private broken({ task, process }: Member, error: Error): void {
    this.options.log.error({ err: error, slot: task.slot }, 'a worker cannot be started, or spoken to');
    if (process.process.pid === undefined) this.exited(process, null, null);
  }

  private follow(member: Member, code: number | null, signal: string | null): void {
    const { slot, role, listens } = member.task;
    const { clock, log } = this.options;
    if (role === 'finish' && code === 0) return this.slots.free(slot);
    if (code === EXIT_LOCKED) {
      this.heldElsewhere(slot);
      if (role === 'serve') this.later(0, () => void this.serve(listens));
      return;
    }
    if (member.state === 'leaving') return this.later(0, () => this.finish(slot));
    log.error({ slot, role, code, signal }, 'a worker has died');
    if (this.served === '' && role === 'serve') {
      this.failed = new Error('a worker ended before any has served');
      return;
    }
    const isRising = this.rising.includes(member);
    this.deaths = clock.monotonicMs() - member.startedAt > STEADY_MS ? 0 : this.deaths + 1;
    const backoffMs = BACKOFF_MS[Math.min(this.deaths, BACKOFF_MS.length - 1)] as number;
    this.later(backoffMs, () => {
      if (role === 'finish' || isRising) this.finish(slot);
      else this.serve(this.serving().length > 0 ? 'ready' : 'soon', slot);
    });
  }

  private endStalled(): void {
    for (const member of this.members.values()) {
      if (!member.silence.look()) continue;
      const { pid } = member.process.process;
      this.options.log.error({ slot: member.task.slot, pid }, 'a worker stands still and is ended');
      member.process.process.kill('SIGKILL');
    }
  }

  private heldElsewhere(slot: number): void {
    this.options.log.warn({ slot }, 'another process holds the journal of a worker');
    this.later(HELD_AGAIN_MS, () => this.finish(slot));
  }

  /** What cannot be done then, for want of a descriptor say, is tried again. */
  private later(ms: number, work: () => void): void {
    setTimeout(() => {
      if (this.stopping) return;
      try {
        work();
      } catch (error) {
        this.options.log.error({ err: error }, 'a worker cannot be started');
        this.later(BACKOFF_MS[BACKOFF_MS.length - 1] as number, work);
      }
    }, ms);
  }

  private memberOf(worker: Worker): Member | undefined {
    return [...this.members.values()].find(({ process }) => process === worker);
  }

  private async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.changes, 'change');
  }
}

const openUnlessHeld = (dataDir: string, slot: number): number | 'held' | undefined => {
  try {
    return openSlot(dataDir, slot);
  } catch (error) {
    if (error instanceof JournalLocked) return 'held';
    throw error;
  }
};

const isHeld = (dataDir: string, slot: number): boolean => {
  const lock = openUnlessHeld(dataDir, slot);
  if (typeof lock === 'number') closeSync(lock);
  return lock === 'held';
};

/** One that has just died hears nothing. */
const tell = ({ process }: Member, message: ToWorker): void => {
  if (process.isConnected()) process.send(message, () => undefined);
};
