import { newCommand } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import type { Arena } from '../arena';
import { MeteringBackup } from '../metering-backup';
import type { Fault } from './fault';

/** Every gateway has asked, or reported, long before. */
const NOTICED_WITHIN_MS = 60_000;
/** Journals report every few seconds: by then all that are alive have done so since. */
const HEARD_MS = 8_000;

/**
 * Metering's database becomes what it was when the fault began, which its journals find out. Once all gateways are well and were
 * heard, the operator lets it grant again.
 */
export const ledgerRestored: Fault = {
  kind: 'ledger restored',
  strikes: 'shared',
  lastsMs: [5_000, 20_000],
  async strike(arena) {
    const backup = await MeteringBackup.take(arena.product);
    return async () => {
      const forgotten = await backup.restore();
      arena.forgotten.push(...forgotten);
      if (forgotten.length > 0) await arena.gate.asTheOnlyOne(() => recover(arena));
    };
  },
};

const recover = async ({ product, time }: Arena): Promise<void> => {
  const { journals } = product.operator;
  await eventually(async () => {
    const { restoredNoticedAt } = await journals.listJournals({ pageSize: 1, pageToken: '' });
    if (!restoredNoticedAt) throw new Error('the ledger was restored, and nobody noticed');
  }, NOTICED_WITHIN_MS);
  await time.sleep(HEARD_MS);
  const { reason } = newCommand('restored from a backup, all gateways have reported');
  await eventually(() => journals.recoverLedger({ reason }), NOTICED_WITHIN_MS);
};
