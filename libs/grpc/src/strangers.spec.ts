import { FixedClock } from '@gatehouse/kernel';
import {
  COSTS_PER_HOST,
  PATIENCE_MS,
  REFUSALS_MAX,
  type Stranger,
  Strangers,
  STRANGERS_MAX,
  WAITING_MAX,
} from './strangers';

class Remembered implements Stranger {
  state = 'waits';

  constructor(readonly host: string) {}

  letIn(): void {
    this.state = 'in';
  }

  close(reason: string): void {
    this.state = reason;
  }
}

const { atOnce, perSecond } = COSTS_PER_HOST;

describe('Strangers', () => {
  let clock: FixedClock;
  let strangers: Strangers;

  beforeEach(() => {
    jest.useFakeTimers();
    clock = new FixedClock(new Date(0));
    strangers = new Strangers(clock);
  });
  afterEach(() => jest.useRealTimers());

  const pass = (ms: number): void => {
    clock.advance(ms);
    jest.advanceTimersByTime(ms);
  };

  const arrive = (host = 'here', count = 1): Remembered[] =>
    Array.from({ length: count }, () => {
      const stranger = new Remembered(host);
      strangers.arrived(stranger);
      return stranger;
    });

  const refuse = (stranger: Stranger): void => {
    strangers.asked(stranger);
    strangers.refused(stranger);
  };

  const statesOf = (all: readonly Remembered[]): Record<string, number> => {
    const states: Record<string, number> = {};
    for (const { state } of all) states[state] = (states[state] ?? 0) + 1;
    return states;
  };

  it('are closed after so many refusals, and never once they were authenticated', () => {
    const [flood, known] = [...arrive(), ...arrive()] as [Remembered, Remembered];
    for (let n = 1; n < REFUSALS_MAX; n++) refuse(flood);
    expect(flood.state).toBe('in');
    refuse(flood);
    expect(flood.state).toBe('CONNECTION_REFUSED_TOO_OFTEN');
    strangers.authenticated(known);
    for (let n = 0; n < 10 * atOnce; n++) refuse(known);
    pass(2 * PATIENCE_MS);
    expect(known.state).toBe('in');
  });

  it('are closed when nobody is authenticated on them in time, unless they ask for what is open to all', () => {
    const [idle, prober, gone] = [...arrive(), ...arrive(), ...arrive()] as [
      Remembered,
      Remembered,
      Remembered,
    ];
    strangers.visited(prober);
    strangers.left(gone);
    pass(PATIENCE_MS);
    expect([idle.state, prober.state, gone.state]).toEqual(['CONNECTION_WITHOUT_CREDENTIALS', 'in', 'in']);
    for (let n = 0; n <= REFUSALS_MAX; n++) refuse(prober);
    expect(prober.state).toBe('CONNECTION_REFUSED_TOO_OFTEN');
  });

  it('wait, those that came first the shortest, while their address has cost enough; others do not', () => {
    const all = arrive('crowded', atOnce + 10);
    expect(statesOf(all)).toEqual({ in: atOnce, waits: 10 });
    expect(statesOf(arrive('elsewhere'))).toEqual({ in: 1 });
    pass((1_000 / perSecond) * 4);
    expect(all.slice(atOnce).map(({ state }) => state)).toEqual([
      ...Array<string>(4).fill('in'),
      ...Array<string>(6).fill('waits'),
    ]);
    pass(1_000);
    expect(statesOf(all)).toEqual({ in: atOnce + 10 });
  });

  it('of an address that has cost enough are closed at their next refusal, and let in again later', () => {
    const all = arrive('crowded', atOnce);
    refuse(all[0] as Remembered);
    expect(statesOf(all)).toEqual({ CONNECTION_REFUSED_TOO_OFTEN: 1, in: atOnce - 1 });
    const [next] = arrive('crowded') as [Remembered];
    expect(next.state).toBe('waits');
    pass(1_000);
    expect(next.state).toBe('in');
  });

  it('that ask more than their address may cost leave it in debt, until the others are authenticated', () => {
    const [many, few] = arrive('crowded', 2) as [Remembered, Remembered];
    for (let n = 0; n < atOnce + perSecond; n++) strangers.asked(many);
    strangers.asked(few);
    const [next] = arrive('crowded') as [Remembered];
    pass(500);
    expect(next.state).toBe('waits');
    strangers.authenticated(many);
    pass(1_000 / perSecond);
    expect([many, few, next].map(({ state }) => state)).toEqual(['in', 'in', 'in']);
  });

  it('have cost nothing where a caller was authenticated in the end', () => {
    for (let n = 0; n < 10 * atOnce; n++) {
      const [known] = arrive('proxy') as [Remembered];
      refuse(known);
      expect(known.state).toBe('in');
      strangers.authenticated(known);
    }
  });

  it('that wait are bounded per address, and all of them in number: the first go', () => {
    const crowd = arrive('crowded', atOnce + WAITING_MAX + 5);
    expect(statesOf(crowd)).toEqual({ in: atOnce, waits: WAITING_MAX, TOO_MANY_CONNECTIONS: 5 });
    expect(crowd[atOnce + 4]?.state).toBe('TOO_MANY_CONNECTIONS');
    expect(crowd[atOnce + 5]?.state).toBe('waits');
    const others = Array.from({ length: STRANGERS_MAX }, (_, n) => arrive(`host ${n}`)).flat();
    expect(statesOf(others)).toEqual({ in: STRANGERS_MAX });
    expect(statesOf(crowd)).toEqual({ TOO_MANY_CONNECTIONS: crowd.length });
    arrive('one more');
    expect(others[0]?.state).toBe('TOO_MANY_CONNECTIONS');
  });
});
