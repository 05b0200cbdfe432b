import { Clock } from '@gatehouse/kernel';
import { LedgerClock } from './ledger-clock';

const at = (text: string): Date => new Date(`2026-11-${text}Z`);

class JumpingClock extends Clock {
  time = at('30T12:00:00');
  elapsedMs = 0;

  now(): Date {
    return this.time;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }
}

describe('LedgerClock', () => {
  const machine = new JumpingClock();
  const log = { warn: jest.fn() };
  let database = at('30T12:00:00');
  const clock = new LedgerClock(async () => database, machine, log);

  afterEach(() => clock.onModuleDestroy());
  beforeEach(async () => {
    machine.time = database = at('30T12:00:00');
    log.warn.mockClear();
    await clock.onModuleInit();
  });

  it('goes on with both', () => {
    machine.time = at('30T12:00:03');
    machine.elapsedMs += 3_000;
    expect(clock.now()).toEqual(at('30T12:00:03'));
  });

  it('does not follow the machine into a period that Postgres has not reached', () => {
    machine.time = new Date('2026-12-31T00:00:00Z');
    machine.elapsedMs += 5_000;
    expect(clock.now()).toEqual(at('30T12:00:05'));
  });

  it('does not follow Postgres into a period that the machine has not reached, and says that they disagree', async () => {
    await clock.onModuleDestroy();
    database = new Date('2026-12-31T00:00:00Z');
    await clock.onModuleInit();
    expect(clock.now()).toEqual(at('30T12:00:00'));
    expect(log.warn).toHaveBeenCalled();
  });
});
