import { AsyncLocalStorage } from 'node:async_hooks';
import type { JudgedStream } from '@gatehouse/kernel';

/** Why a change may let more be spent or called, although its organization wants a second admin for that. */
export type Consent =
  /** Nothing of it is to be appended: what would be is to be known. */
  | { readonly kind: 'preview' }
  /** It is part of what was judged as a whole, when that was recorded. */
  | { readonly kind: 'judged' }
  /** Somebody else has approved it, as it was judged then. */
  | { readonly kind: 'approved'; readonly judged: JudgedStream; readonly causationId: string };

/** Consent holds for what is called within, and for nothing else: where it is lost on the way, nobody has consented. */
export abstract class Consents {
  abstract within<Answer>(consent: Consent, work: () => Promise<Answer>): Promise<Answer>;
  abstract get current(): Consent | undefined;
}

/** Follows the calls that are awaited, and no others. */
export class AsyncLocalConsents extends Consents {
  private readonly storage = new AsyncLocalStorage<Consent>();

  within<Answer>(consent: Consent, work: () => Promise<Answer>): Promise<Answer> {
    return this.storage.run(consent, work);
  }

  get current(): Consent | undefined {
    return this.storage.getStore();
  }
}
