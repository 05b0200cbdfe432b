import { InvalidArgumentError } from 'commander';

/** The value of an option: a whole number from 1 to 99999. */
export const whole = (text: string): number => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Not a whole number from 1 to 99999.');
  return Number(text);
};
