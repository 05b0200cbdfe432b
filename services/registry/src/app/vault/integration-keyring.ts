import { Clock, type IntegrationId } from '@gatehouse/kernel';
import type { IntegrationKey } from '@gatehouse/sealing';
import { IntegrationKeys, KeyCustody } from './integration-keys.ports';

/** The key of each integration to which its credential is sealed, made when it is first needed. */
export class IntegrationKeyring {
  constructor(
    private readonly keys: IntegrationKeys,
    private readonly custody: KeyCustody,
    private readonly clock: Clock,
    /** Which one of its keys an integration needs: raised, every integration gets another. */
    readonly epoch: number,
  ) {}

  /** Errors: those of `KeyCustody.create`; REFUSED `INTEGRATION_KEY_DESTROYED`. */
  async keyOf(integrationId: IntegrationId): Promise<IntegrationKey> {
    const now = this.clock.now();
    const known = await this.keys.use(integrationId, this.epoch, now);
    if (known !== undefined) return known;
    const name = { integrationId, epoch: this.epoch };
    await this.keys.ask(name, now);
    return this.keys.made(name, await this.custody.create(name));
  }
}
