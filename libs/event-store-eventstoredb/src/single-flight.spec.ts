import { SingleFlight } from './single-flight';

describe('single flight', () => {
  const departures: { name: string; land: (answer: string) => void; crash: (error: Error) => void }[] = [];
  const sending = (name: string) => (): Promise<string> =>
    new Promise((land, crash) => void departures.push({ name, land, crash }));
  const departed = (): readonly string[] => departures.map(({ name }) => name);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  beforeEach(() => void departures.splice(0));

  it('answers the same request with the one that is under way', async () => {
    const flights = new SingleFlight<string>();
    const both = ['first', 'second'].map((name) => flights.fly({ to: 's', ids: ['a', 'b'] }, sending(name)));
    expect(departed()).toEqual(['first']);
    departures[0]?.land('done');
    expect(await Promise.all(both)).toEqual(['done', 'done']);
    const later = flights.fly({ to: 's', ids: ['a', 'b'] }, sending('later'));
    expect(departed()).toEqual(['first', 'later']);
    departures[1]?.land('again');
    expect(await later).toBe('again');
  });

  it.each([
    { to: 's', ids: ['b'] },
    { to: 's', ids: ['b', 'a'] },
    { to: 't', ids: ['a', 'b'] },
  ])('holds another request with one of its ids back until it has ended, well or not: %j', async (other) => {
    const flights = new SingleFlight<string>();
    const first = flights.fly({ to: 's', ids: ['a', 'b'] }, sending('first')).catch(() => 'crashed');
    const second = flights.fly(other, sending('second'));
    await settled();
    expect(departed()).toEqual(['first']);
    departures[0]?.crash(new Error('lost'));
    expect(await first).toBe('crashed');
    await settled();
    expect(departed()).toEqual(['first', 'second']);
    departures[1]?.land('done');
    expect(await second).toBe('done');
  });

  it('holds nobody else back', () => {
    const flights = new SingleFlight<string>();
    void flights.fly({ to: 's', ids: ['a'] }, sending('first'));
    void flights.fly({ to: 's', ids: ['c'] }, sending('second'));
    expect(departed()).toEqual(['first', 'second']);
  });
});
