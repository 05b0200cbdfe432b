import { MUTANTS, noticedBy, walk } from '../../testing/lease-walks';

const SEEDS = 20_000;
/** Set to walk one walk again. */
const SEED = process.env['LEASE_SIMULATION_SEED'];
const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(SEED)];

describe('leases under kills, losses, duplication, reordering, restores and clocks that jump', () => {
  it('never exceed a limit, and all that was billed is charged', () => {
    const counts = {
      ...{ held: 0, refused: 0, killed: 0, waited: 0, periods: 0 },
      ...{ restores: 0, jumps: 0, changes: 0, resets: 0 },
    };
    for (const seed of seeds) {
      const { faults, ...walked } = walk(seed);
      if (faults.length > 0) throw new Error(`seed ${seed}: ${faults.join('; ')}`);
      for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += walked[key];
    }
    // The walks went somewhere.
    if (SEED === undefined) expect(Math.min(...Object.values(counts))).toBeGreaterThan(50);
  }, 3_600_000);

  it.each(MUTANTS)('would notice: %s', (mutant) => expect(noticedBy(mutant)).toBeDefined(), 600_000);
});
