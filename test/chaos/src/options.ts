import { InvalidArgumentError } from 'commander';

/** As `chaos.ts` hands them on. */
export interface ChaosOptions {
  readonly minutes: number;
  readonly gateways: number;
  readonly clients: number;
  readonly json: boolean;
  /** Kinds of faults; undefined: all. */
  readonly only?: readonly string[];
}

/** The value of an option: minutes from above 0 to 1440, with decimals. */
export const minutes = (text: string): number => {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 1_440)
    throw new InvalidArgumentError('Not a number of minutes up to 1440.');
  return value;
};

/** The value of an option: a whole number from 1 to 200. */
export const few = (text: string): number => {
  const value = Number(text);
  if (!/^[1-9]\d{0,2}$/.test(text) || value > 200)
    throw new InvalidArgumentError('Not a whole number from 1 to 200.');
  return value;
};
