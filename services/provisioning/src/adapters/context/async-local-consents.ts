import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { type Consent, Consents } from '../../app/proposal/consents.ports';

/** Follows the calls that are awaited, and no others. */
@Injectable()
export class AsyncLocalConsents extends Consents {
  private readonly storage = new AsyncLocalStorage<Consent>();

  within<Answer>(consent: Consent, work: () => Promise<Answer>): Promise<Answer> {
    return this.storage.run(consent, work);
  }

  get current(): Consent | undefined {
    return this.storage.getStore();
  }
}
