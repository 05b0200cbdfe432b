import { deriveId, journalId, SystemClock } from '@gatehouse/kernel';
import { PostgresLedger } from './postgres-ledger';
import {
  amounts,
  askOf,
  ORGANIZATION,
  scopeWith,
  TERMS,
  usdBudget,
  rateLimit,
} from '../../testing/ledger-harness';
import { meteringDatabase, writeScope } from '../../testing/postgres-harness';
import { execSync } from 'node:child_process';
it('bench', async () => {
  const shared = await meteringDatabase();
  const { pool } = shared;
  await pool.query('select 1');
  const ledger = new PostgresLedger({ pool, clock: new SystemClock(), terms: TERMS });
  const J = journalId(deriveId('jnl', 'b'));
  await ledger.carryOut({ type: 'OpenJournal', journalId: J, incarnation: 1n });
  const scopes = [
    scopeWith('p', [usdBudget('p', 10n ** 18n)]),
    scopeWith('k', [usdBudget('k', 10n ** 18n), rateLimit('r', 'requests', 10n ** 9n)], { kind: 'apiKey' }),
    scopeWith('w', [], { kind: 'workspace' }),
  ];
  for (const s of scopes) await writeScope(pool, s);
  void ORGANIZATION;
  for (const clients of [64]) {
    let n = 0;
    const end = Date.now() + 6000;
    const lat: number[] = [];
    const stat = () => {
      const t = execSync(
        `cat /proc/[0-9]*/stat 2>/dev/null | grep -a 'postgres' | awk '{s+=$14+$15} END {print s}'`,
      ).toString();
      return Number(t) * 10;
    };
    const pg0 = stat();

    const cpu0 = process.cpuUsage();
    await Promise.all(
      Array.from({ length: clients }, async (_, c) => {
        while (Date.now() < end) {
          const t = performance.now();
          const g = await ledger.carryOut(
            askOf(`${clients}-${c}-${n++}`, scopes, { nanoUsd: 1000n, requests: 1n }, { journalId: J }),
          );
          lat.push(performance.now() - t);
          if (typeof g === 'string' || g.kind !== 'grant') throw new Error('denied');
          await ledger.carryOut({
            type: 'CloseLease',
            journalId: J,
            leaseId: g.leaseId!,
            count: 1n,
            sum: amounts({ nanoUsd: 900n, requests: 1n }),
            doubt: amounts({}),
          });
        }
      }),
    );
    const cpu = process.cpuUsage(cpu0);
    process.stdout.write(`pg cpu/pair ${((stat() - pg0) / n).toFixed(3)} ms (incl. others)\n`);
    lat.sort((a, b) => a - b);
    process.stdout.write(
      `clients ${clients}: ${(n / 6).toFixed(0)} pairs/s, ask p50 ${lat[lat.length >> 1]!.toFixed(2)} p99 ${lat[Math.floor(lat.length * 0.99)]!.toFixed(2)} ms; node cpu/pair ${((cpu.user + cpu.system) / n / 1000).toFixed(3)} ms load ${execSync('cat /proc/loadavg').toString()}`,
    );
  }
  await ledger.close();
  await shared.close();
}, 60000);
