import { AppError } from '@gatehouse/kernel';
import type { StoredAggregate } from '../fold-stream';

export interface CounterCommand {
  readonly by: bigint;
}

/** The newest version; version 1 had the amount as a number under another name. */
export interface Counted {
  readonly type: 'Counted';
  readonly by: bigint;
}

export interface CounterState {
  readonly total: bigint;
}

/** An aggregate for tests: it counts, refuses what is negative and has nothing to say to 0. */
export const counterAggregate: StoredAggregate<CounterCommand, CounterState, Counted> = {
  decider: {
    initial: { total: 0n },
    decide: ({ by }) => {
      if (by < 0n) throw new AppError('REFUSED', 'NEGATIVE');
      return by === 0n ? [] : [{ type: 'Counted', by }];
    },
    evolve: ({ total }, { by }) => ({ total: total + by }),
  },
  codec: {
    encode: ({ type, by }) => ({ type, version: 2, data: { by: String(by) } }),
    decode: ({ type, version, data }) => {
      switch (`${type}@${version}`) {
        case 'Counted@1':
          return { type: 'Counted', by: BigInt(data['count'] as number) };
        case 'Counted@2':
          return { type: 'Counted', by: BigInt(data['by'] as string) };
        default:
          throw new Error(`unknown event ${type}@${version}`);
      }
    },
  },
};
