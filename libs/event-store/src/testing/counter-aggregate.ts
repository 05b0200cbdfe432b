import { AppError } from '@gatehouse/kernel';
import type { EventMessage } from '../event-language';
import { EventLanguage } from '../event-language';
import type { StoredAggregate } from '../fold-stream';

export interface CounterCommand {
  readonly by: bigint;
}

export interface Counted {
  readonly type: 'Counted';
  readonly by: bigint;
}

export interface CounterState {
  readonly total: bigint;
}

/** What version 1 said under `count`, a number, the newest says under `by`. */
export interface CountedMessage {
  readonly count: number;
  readonly by: bigint;
}

/** As a generated message would be: it keeps what it once had, and leaves out of JSON what is nothing. */
export const COUNTED: EventMessage<CountedMessage> = {
  fromJSON: (json) => {
    const { count = 0, by = '0' } = json as { readonly count?: number; readonly by?: string };
    return { count, by: BigInt(by) };
  },
  toJSON: ({ count, by }) => ({ ...(count !== 0 && { count }), ...(by !== 0n && { by: String(by) }) }),
  encode: (message) => ({ finish: () => Buffer.from(JSON.stringify(COUNTED.toJSON(message))) }),
  decode: (bytes) => COUNTED.fromJSON(JSON.parse(Buffer.from(bytes).toString())),
};

export const counterLanguage = new EventLanguage({
  Counted: { message: COUNTED, upcasters: [({ count }) => ({ by: String(count) })] },
});

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
  codec: counterLanguage.codec<Counted>({
    Counted: { toMessage: ({ by }) => ({ count: 0, by }), fromMessage: ({ by }) => ({ by }) },
  }),
};
