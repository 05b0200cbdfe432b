import { AcknowledgedLeases, isAmong, LeaseNumbers } from './lease-numbers';

const numbersOf = (...numbers: readonly bigint[]): LeaseNumbers => {
  const all = new LeaseNumbers();
  for (const number of numbers) all.add(number);
  return all;
};

describe('numbers of leases', () => {
  it('are one range where none is missing, in whatever order they come', () => {
    expect(numbersOf(1n, 2n, 3n).ranges).toEqual([{ first: 1n, last: 3n }]);
    expect(numbersOf(3n, 1n, 2n, 2n).ranges).toEqual([{ first: 1n, last: 3n }]);
  });

  it('are apart where one is missing, until it comes', () => {
    const numbers = numbersOf(9n, 2n, 5n, 1n, 4n);
    expect(numbers.ranges).toEqual([
      { first: 1n, last: 2n },
      { first: 4n, last: 5n },
      { first: 9n, last: 9n },
    ]);
    numbers.add(3n);
    expect(numbers.ranges).toEqual([
      { first: 1n, last: 5n },
      { first: 9n, last: 9n },
    ]);
    numbers.addRange({ first: 3n, last: 8n });
    expect(numbers.ranges).toEqual([{ first: 1n, last: 9n }]);
  });

  it('are among them or not', () => {
    const { ranges } = numbersOf(2n, 3n, 5n);
    expect([1n, 2n, 3n, 4n, 5n, 6n].filter((number) => isAmong(ranges, number))).toEqual([2n, 3n, 5n]);
    expect(isAmong([], 1n)).toBe(false);
  });
});

describe('leases that are acknowledged', () => {
  it('are those since the ledger was recovered last', () => {
    const leases = new AcknowledgedLeases();
    leases.add([{ first: 1n, last: 2n }], undefined);
    leases.add([{ first: 3n, last: 3n }], undefined);
    expect([leases.ranges, leases.recoveredAt]).toEqual([[{ first: 1n, last: 3n }], undefined]);
    const recoveredAt = new Date('2026-11-10T12:00:00Z');
    leases.add([{ first: 5n, last: 5n }], recoveredAt);
    leases.add([{ first: 4n, last: 4n }], new Date(recoveredAt));
    expect([leases.ranges, leases.recoveredAt]).toEqual([[{ first: 4n, last: 5n }], recoveredAt]);
    leases.clear();
    expect([leases.ranges, leases.recoveredAt]).toEqual([[], undefined]);
  });
});
