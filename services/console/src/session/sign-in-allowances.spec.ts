import { SignInAllowances } from './sign-in-allowances';

let now = 0;
let allowances: SignInAllowances;
beforeEach(() => {
  now = 0;
  allowances = new SignInAllowances({ monotonicMs: () => now });
});

const taken = (address: string, times: number): number => {
  for (let count = 0; count < times; count++) {
    try {
      allowances.take(address);
    } catch (error) {
      expect(error).toMatchObject({ code: 'EXHAUSTED', reason: 'SIGN_INS_TOO_MANY' });
      return count;
    }
  }
  return times;
};

it('lets an address fail ten times, and then every six seconds', () => {
  expect(taken('192.0.2.1', 20)).toBe(10);
  expect(taken('192.0.2.2', 1)).toBe(1);
  now = 5_900;
  expect(taken('192.0.2.1', 1)).toBe(0);
  now = 12_100;
  expect(taken('192.0.2.1', 5)).toBe(2);
});

it('counts what succeeds for nothing', () => {
  for (let count = 0; count < 50; count++) allowances.take('192.0.2.1')();
  expect(taken('192.0.2.1', 20)).toBe(10);
});

it.each([
  ['192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
  ['2001:db8::1', '2001:db8:0:0:5::'],
])('takes %s and %s for one', (one, other) => {
  expect(taken(one, 20)).toBe(10);
  expect(taken(other, 20)).toBe(0);
});

it('bounds those with many addresses together', () => {
  let count = 0;
  for (let host = 0; host < 250; host++) count += taken(`10.0.${host >> 8}.${host & 255}`, 1);
  expect(count).toBe(200);
  // Whom that kept out has lost nothing of its own.
  now = 1_000;
  expect(taken('10.0.0.249', 5)).toBe(5);
});
