import { LeaseSimulation, type Mutant } from '../../testing/lease-simulation';

const STEPS = 400;
const SEEDS = Number(process.env['LEASE_SIMULATION_SEEDS'] ?? 100);
/** Set to walk one walk again. */
const SEED = process.env['LEASE_SIMULATION_SEED'];
const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(SEED)];
const MUTANT_SEEDS_MAX = 1_000;

describe('leases under kills, losses, duplication and reordering', () => {
  it('never exceed a limit, and all that was billed is charged', () => {
    const counts = { held: 0, refused: 0, killed: 0, waited: 0, periods: 0, restores: 0, jumps: 0 };
    for (const seed of seeds) {
      const { faults, ...walked } = new LeaseSimulation(seed, STEPS).run();
      if (faults.length > 0) throw new Error(`seed ${seed}: ${faults.join('; ')}`);
      for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += walked[key];
    }
    // The walks went somewhere.
    const { restores, jumps, ...often } = counts;
    expect(Math.min(...Object.values(often))).toBeGreaterThan(seeds.length);
    expect(Math.min(restores, jumps)).toBeGreaterThan(seeds.length / 10);
  }, 3_600_000);

  it.each<Mutant>([
    'no entry before the provider is called',
    'released by time',
    'finals that count twice',
    'asks that are decided anew',
    'a journal of which something was lost speaks on',
    'lines that nobody serves when something comes free',
    'others take what the head needs',
    'nobody is served beside the head',
    'lines in the wrong order',
    'who may fit later is refused',
    'patience that never ends',
    'returned on expiry',
    'two processes on one journal',
    'returns as differences',
    'rebuilt from records alone',
    'leases swept before their finals are acknowledged',
    'a restore is not noticed',
    'a ledger that was restored grants',
    'a journal forgets how far it has heard',
    'rows ahead of their time count nowhere',
  ])(
    'would notice: %s',
    (mutant) => {
      for (let seed = 1; seed <= MUTANT_SEEDS_MAX; seed++) {
        const { faults } = new LeaseSimulation(seed, STEPS, mutant).run();
        if (faults.length > 0) return;
      }
      throw new Error('nothing was noticed');
    },
    600_000,
  );
});
