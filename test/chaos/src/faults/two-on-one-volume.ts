import { readlinkSync } from 'node:fs';
import type { Fault } from './fault';

/** By which a process that serves has its journal's lock, whoever took it. */
const LOCK = 4;

/**
 * Another process starts on a volume whose journal is held, by the dice of one that is stopped. It must not serve by that journal: it
 * takes another, which is told by whoever starts there next.
 */
export const twoOnOneVolume: Fault = {
  kind: 'two on one volume',
  strikes: 'gateway',
  lastsMs: [500, 5_000],
  async strike(arena, { gateway, dice }) {
    const struck = arena.gateway(gateway);
    const stopped = dice % 2 === 0;
    if (stopped) await struck.pause();
    try {
      const rival = await struck.rival();
      const [ours, its] = [lockOf(struck.pid), lockOf(rival.servingPid)];
      await rival.signal('SIGKILL');
      if (ours === its) throw new Error(`two processes serve by one journal: ${ours}`);
    } finally {
      if (stopped) await struck.resume();
    }
    return async () => {
      await struck.kill();
      await struck.start();
    };
  },
};

const lockOf = (pid: number): string => readlinkSync(`/proc/${pid}/fd/${LOCK}`);
