import type { JournalPart } from '../gateway';
import type { Fault } from './fault';

/**
 * Files of the journal are gone when it starts again; by the dice they go while it runs, or when it was killed. Its leases stay
 * quarantined. Where its entries are gone, what they say of attempts is too: quarantine covers what these cost.
 */
const deleted = (kind: string, parts: readonly JournalPart[]): Fault => ({
  kind,
  strikes: 'gateway',
  lastsMs: [0, 6_000],
  async strike(arena, { gateway, dice }) {
    const struck = arena.gateway(gateway);
    const { journalId } = struck;
    if (journalId === undefined) throw new Error('there is no journal to delete');
    const lose = (id: string): void => {
      arena.losses.journals.add(id);
      struck.journalsWithEntries.add(id);
      if (parts.includes('segments'))
        for (const each of struck.journalsWithEntries) arena.losses.emptied.add(each);
    };
    lose(journalId);
    const runsOn = dice % 2 === 0;
    if (!runsOn) await struck.kill();
    for (const part of parts)
      if (struck.delete(part) === 0) throw new Error(`there are no ${part} to delete`);
    return async () => {
      await struck.kill();
      // A new identity may have been written meanwhile.
      if (struck.journalId !== undefined) lose(struck.journalId);
      for (const part of parts) struck.delete(part);
      if (parts.includes('segments')) {
        struck.journalsWithEntries.clear();
        await arena.loseAttemptsOf(gateway);
      }
      await struck.start();
    };
  },
});

export const segmentsDeleted = deleted("a journal's segments deleted", ['segments']);
export const identityDeleted = deleted("a journal's identity deleted", ['identity']);
export const journalDeleted = deleted('a journal deleted', ['segments', 'identity']);
