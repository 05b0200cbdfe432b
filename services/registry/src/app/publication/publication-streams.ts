import { EventStore, type EventCodec, revision, Streams } from '@gatehouse/event-store';
import { deriveId, Ids, type OrganizationId, organizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { Publication } from '../../domain/publication/publication';
import { publicationDecider } from '../../domain/publication/publication.decider';
import type { PublishContent } from '../../domain/publication/publish-content';
import type {
  CatalogPublished,
  PriceBookPublished,
  PublicationEvent,
  Published,
} from '../../domain/publication/publication.events';
import { EventCodecs } from '../event-codecs.ports';

/** There is one stream of each kind. */
const STREAM_ID = 'published';

/** Whose the publications are: they are nobody's, and no organization is made with this id. */
export const INSTALLATION: OrganizationId = organizationId(deriveId('org', 'installation'));

/** The stream in which the catalog, or the price book, is published. */
export class PublicationStream<Event extends PublicationEvent> extends Streams<
  PublishContent,
  Publication,
  Event
> {
  constructor(
    private readonly log: EventStore,
    private readonly kind: string,
    type: Event['type'],
    codec: EventCodec<Event>,
    ids: Ids,
  ) {
    const decider = publicationDecider(type) as never;
    super(log, kind, { decider, codec }, ids);
  }

  /** What was published last: its last event says it all. */
  async last(): Promise<Published | undefined> {
    const [recorded] = await this.log.read(this.kind + STREAM_ID, { direction: 'backward', limit: 1 });
    return recorded && this.decode(recorded);
  }

  /** Versions count from 1 without a gap, and revisions from 0. */
  async numbered(version: bigint): Promise<Published | undefined> {
    if (version < 1n) return undefined;
    const from = revision(version - 1n);
    const [recorded] = await this.log.read(this.kind + STREAM_ID, { from, limit: 1 });
    return recorded && this.decode(recorded);
  }

  /** What had been published last by then. */
  async inForceAt(at: Date): Promise<Published | undefined> {
    const recorded = await this.log.read(this.kind + STREAM_ID, { direction: 'backward' });
    return recorded.map((event) => this.decode(event)).find(({ publishedAt }) => publishedAt <= at);
  }

  async publish(command: PublishContent): Promise<void> {
    const { sha256, version } = command;
    const requestId = `publish-${this.kind}${version}-${sha256}`;
    const metadata = {
      organizationId: INSTALLATION,
      actor: { kind: 'service', id: 'registry', address: '' },
      command: 'PublishContent',
      reason: command.source,
      requestId,
      correlationId: requestId,
      causationId: '',
    } as const;
    await this.decide(STREAM_ID, command, { metadata });
  }
}

@Injectable()
export class CatalogStream extends PublicationStream<CatalogPublished> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'catalog-', 'CatalogPublished', codecs.catalog, ids);
  }
}

@Injectable()
export class PriceBookStream extends PublicationStream<PriceBookPublished> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'pricebook-', 'PriceBookPublished', codecs.priceBook, ids);
  }
}
