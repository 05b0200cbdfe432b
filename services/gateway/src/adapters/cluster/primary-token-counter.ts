import type { Tokenizer } from '@gatehouse/offering';
import { TokenCounter } from '../../app/gateway.ports';
import { AwaitedCounts } from '../tokens/awaited-counts';
import type { ToPrimary, ToWorker } from './worker-messages';

/** Longer than whoever counts takes at most. */
const DEADLINE_MS = 15_000;

/** Has the primary count, since a worker may start nothing. */
export class PrimaryTokenCounter extends TokenCounter {
  private readonly counts = new AwaitedCounts(DEADLINE_MS, (id) => this.counts.told(id, undefined));

  /** @param tell leads to the primary. */
  constructor(private readonly tell: (message: ToPrimary) => void) {
    super();
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'counted') this.counts.told(message.id, message.tokens);
    });
  }

  count(tokenizer: Tokenizer, json: Buffer): Promise<number | undefined> {
    return this.counts.begin(json, (id, text) => this.tell({ kind: 'count', id, tokenizer, text }));
  }
}
