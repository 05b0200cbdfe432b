import type { Fault } from './fault';

const HELD = 'is held by another process';

/**
 * Another process starts on a journal that is held, by the dice of one that is stopped. It must not come to serve; once the first was
 * killed another may.
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
      await refused(struck.process());
    } finally {
      if (stopped) await struck.resume();
    }
    return async () => {
      await struck.kill();
      await struck.start();
    };
  },
};

const refused = async (rival: Promise<unknown>): Promise<void> => {
  try {
    await rival;
  } catch (error) {
    if (error instanceof Error && error.message.includes(HELD)) return;
    throw error;
  }
  throw new Error('two processes serve by one journal');
};
