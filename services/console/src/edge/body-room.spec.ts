import { AppError } from '@gatehouse/kernel';
import { BodyRoom } from './body-room';

const MEBIBYTE = 1024 * 1024;

let room: BodyRoom;

beforeEach(() => (room = new BodyRoom()));

const refusalOf = (caller: string, mebibytes: number): string => {
  try {
    room.take(caller, mebibytes * MEBIBYTE)();
    return 'let in';
  } catch (error) {
    return (error as AppError).message;
  }
};

it('has half of its room for one caller, and so for the others', () => {
  const giveBack = room.take('one', 8 * MEBIBYTE);
  expect([refusalOf('one', 1), refusalOf('two', 8)]).toEqual(['EXHAUSTED: BODIES_TOO_MANY', 'let in']);
  giveBack();
  expect(refusalOf('one', 8)).toBe('let in');
});

it('has no more for all of them', () => {
  const [giveBack] = ['one', 'two', 'three', 'four'].map((caller) => room.take(caller, 4 * MEBIBYTE));
  expect(refusalOf('five', 1)).toBe('UNAVAILABLE: BODIES_TOO_MANY');
  giveBack?.();
  expect([refusalOf('five', 4), refusalOf('five', 5)]).toEqual(['let in', 'UNAVAILABLE: BODIES_TOO_MANY']);
});
