import { EventStore, type Intended, type Recorded, Streams } from '@gatehouse/event-store';
import { Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  type SecretReference,
  type SecretReferenceCommand,
  secretReferenceDecider,
} from '../../domain/secret-reference/secret-reference';
import type { SecretReferenceEvent } from '../../domain/secret-reference/secret-reference.events';
import type { Slug } from '../../domain/slug/slug';
import { EventCodecs } from '../event-codecs.ports';
import { ApprovalSettings } from '../integration/integration.ports';
import { refuseUnapproved } from '../integration/refuse-unapproved';

export const SECRET_REFERENCE_STREAM_PREFIX = 'secretreference-';

/** A stream for each name of an organization, so that a name is unique in it. */
@Injectable()
export class SecretReferenceStreams extends Streams<
  SecretReferenceCommand,
  SecretReference,
  SecretReferenceEvent
> {
  constructor(
    store: EventStore,
    codecs: EventCodecs,
    ids: Ids,
    private readonly approvals: ApprovalSettings,
  ) {
    const aggregate = { decider: secretReferenceDecider, codec: codecs.secretReference };
    super(store, SECRET_REFERENCE_STREAM_PREFIX, aggregate, ids);
  }

  /** What leads elsewhere is another credential of whatever uses it. Nothing uses one that is new. */
  protected override async judge({
    events,
    metadata,
  }: Intended<SecretReference, SecretReferenceEvent>): Promise<void> {
    if (events.some(({ type }) => type === 'SecretReferenceChanged'))
      await refuseUnapproved(this.approvals, metadata.organizationId);
  }

  /** Undefined where the organization has none of this name, or has no more. */
  async defined(organizationId: OrganizationId, slug: Slug): Promise<Recorded<SecretReference> | undefined> {
    const found = await this.find(secretReferenceKey(organizationId, slug));
    return found?.state.status === 'defined' ? found : undefined;
  }
}

/** What the stream of a reference is called by. */
export const secretReferenceKey = (organizationId: OrganizationId, slug: Slug): string =>
  `${organizationId}-${slug}`;
