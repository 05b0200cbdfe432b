import { ListedModels, type PublishedModels } from '@gatehouse/offering';
import { fromProtoModelFacts, fromProtoPrices } from '@gatehouse/offering-messages';
import { PgPool } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';

/** Versions are dense and become visible in their order: what is not after the last one read is known. */
const CHANGED = `
  SELECT id, value FROM provisioning.config_entry
  WHERE version > $1 AND version <= $2 AND (id ^@ 'model:' OR id ^@ 'price:')`;

interface Row {
  readonly id: string;
  readonly value: Buffer | null;
}

/** What gateways were told of the providers' models, kept in memory and brought up to date when it is asked for. */
@Injectable()
export class ToldModels {
  private readonly providers = new Map<string, ListedModels>();
  private version = 0n;
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly pool: PgPool) {}

  /** By the vendor's name. */
  async all(): Promise<(provider: string) => PublishedModels> {
    // One after the other: no reader is answered from what another has half read.
    const reading = this.reading.catch(() => undefined).then(() => this.readOn());
    this.reading = reading;
    await reading;
    return (provider) => this.listedOf(provider);
  }

  private async readOn(): Promise<void> {
    const head = await this.pool.query<{ version: bigint }>('SELECT version FROM provisioning.config_head');
    const version = head.rows[0]?.version ?? 0n;
    if (version === this.version) return;
    const { rows } = await this.pool.query<Row>(CHANGED, [this.version, version]);
    for (const row of rows) this.apply(row);
    this.version = version;
  }

  private apply({ id, value: encoded }: Row): void {
    const colon = id.indexOf(':');
    const slash = id.indexOf('/');
    const name = id.slice(slash + 1);
    const listed = this.listedOf(id.slice(colon + 1, slash));
    const value = encoded === null ? undefined : provisioningV1.ConfigEntry.decode(encoded).value;
    if (id.startsWith('model:')) {
      listed.setFacts(name, value?.$case === 'model' ? fromProtoModelFacts(name, value.value) : undefined);
    } else {
      listed.setPrices(name, value?.$case === 'price' ? fromProtoPrices(value.value) : undefined);
    }
  }

  private listedOf(provider: string): ListedModels {
    const known = this.providers.get(provider) ?? new ListedModels();
    this.providers.set(provider, known);
    return known;
  }
}
