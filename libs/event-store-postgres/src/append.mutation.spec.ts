import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkCatchUp,
  checkConcurrentAppends,
  checkOneWinner,
  checkRepetition,
  type StoreUnderTest,
} from '@gatehouse/event-store/testing';
import { testDatabase } from '@gatehouse/embedded-postgres/testing';
import { Client } from 'pg';
import { allowTestStreams, postgresUnderTest } from './testing';

/*
 * The contract's checks against stores that are broken on purpose: each must be found out. A check that passes here
 * proves nothing elsewhere.
 */

type Mutation = (append: string) => string;

const replaced =
  (what: RegExp, by: string): Mutation =>
  (append) => {
    if (!what.test(append))
      throw new Error(`event_store.append has no ${what} any more: the mutation must follow it`);
    return append.replace(what, by);
  };

const LOCK = /LOCK TABLE append_turn IN EXCLUSIVE MODE;/;

const MUTATIONS = {
  none: (append) => append,
  /** Positions from the table, but nobody waits for anybody. */
  noLock: replaced(LOCK, ''),
  /**
   * What most stores do: a sequence gives out positions, each stream has a lock of its own, and the reader asks for
   * what is beyond its checkpoint. Positions become visible in another order than they were given out.
   */
  sequence: (append) =>
    replaced(
      /v_at := greatest/,
      "v_position := 1000 * nextval('event_store.mutant');\n  v_at := greatest",
    )(replaced(LOCK, 'PERFORM pg_advisory_xact_lock(hashtextextended(p_stream, 0));')(append)),
  /** A repetition is taken for a new append. */
  blindToRepetition: replaced(/IF v_used THEN/, 'IF false THEN'),
  /** The expected revision is not looked at. */
  blindToRevision: replaced(/IF \(p_expected >= 0 AND/, 'IF false AND (p_expected >= 0 AND'),
} satisfies Record<string, Mutation>;

const mutant = async (name: keyof typeof MUTATIONS): Promise<StoreUnderTest> => {
  const database = await testDatabase({ migrations: ['libs/event-store-postgres/migrations'] });
  const migration = readFileSync(join(__dirname, '../migrations/0004-cheaper-append.sql'), 'utf8');
  const append = /CREATE OR REPLACE FUNCTION event_store\.append\([\s\S]*?\n\$\$;/.exec(migration)?.[0] ?? '';
  const owner = new Client({ connectionString: database.superuserUrl });
  await owner.connect();
  await owner.query('CREATE SEQUENCE event_store.mutant');
  await owner.query(MUTATIONS[name](append));
  await owner.end();
  await allowTestStreams(database);
  return postgresUnderTest({
    url: database.urlAs('provisioning'),
    disturberUrl: database.urlAs('registry'),
    dispose: () => database.drop(),
  });
};

const CHECKS = { checkCatchUp, checkConcurrentAppends, checkOneWinner, checkRepetition };

const outcome = async (name: keyof typeof MUTATIONS, check: keyof typeof CHECKS): Promise<string> => {
  const underTest = await mutant(name);
  try {
    return await CHECKS[check](underTest).then(
      () => 'passed',
      (error: Error) => error.message,
    );
  } finally {
    await underTest.dispose();
  }
};

const TRIES = 5;

describe('the checks of the event store contract', () => {
  it.each(Object.keys(CHECKS) as (keyof typeof CHECKS)[])(
    'pass on the store as it is: %s',
    async (check) => {
      expect(await outcome('none', check)).toBe('passed');
    },
    90_000,
  );

  it.each([
    ['noLock', 'checkConcurrentAppends', /duplicate key/],
    ['noLock', 'checkCatchUp', /duplicate key/],
    ['sequence', 'checkCatchUp', /events never came/],
    ['blindToRepetition', 'checkRepetition', /REVISION_MISMATCH|EVENT_ID_REUSED/],
    ['blindToRevision', 'checkOneWinner', /of 16 appends/],
  ] as const)(
    'find out the store with %s: %s',
    async (name, check, finding) => {
      // Each is a race, which a busy machine may happen to run in the right order.
      let found = 'passed';
      for (let n = 0; n < TRIES && found === 'passed'; n++) found = await outcome(name, check);
      expect(found).toMatch(finding);
    },
    180_000,
  );
});
