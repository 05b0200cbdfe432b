import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { Ids, type OrganizationId, type SecretLocator } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { SecretReference } from '../../domain/secret-reference/secret-reference';
import {
  type SecretReferenceCommand,
  secretReferenceDecider,
} from '../../domain/secret-reference/secret-reference.decider';
import type { SecretReferenceEvent } from '../../domain/secret-reference/secret-reference.events';
import { secretReferenceLetsMore } from '../../domain/secret-reference/secret-reference-lets-more';
import type { Slug } from '../../domain/slug/slug';
import { EventCodecs } from '../event-codecs.ports';

export const SECRET_REFERENCE_STREAM_PREFIX = 'secretreference-';

/** A stream for each name of an organization, so that a name is unique in it. */
@Injectable()
export class SecretReferenceStreams extends GuardedStreams<
  SecretReferenceCommand,
  SecretReference,
  SecretReferenceEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    const aggregate = { decider: secretReferenceDecider, codec: codecs.secretReference };
    const guard = { approvals, letsMore: secretReferenceLetsMore };
    super(store, SECRET_REFERENCE_STREAM_PREFIX, aggregate, ids, guard);
  }

  /** Undefined where the organization has none of this name, or has no more. */
  async locatorOf(organizationId: OrganizationId, slug: Slug): Promise<SecretLocator | undefined> {
    const found = await this.find(secretReferenceKey(organizationId, slug));
    return found?.state.status === 'defined' ? found.state.locator : undefined;
  }
}

/** What the stream of a reference is called by. */
export const secretReferenceKey = (organizationId: OrganizationId, slug: Slug): string =>
  `${organizationId}-${slug}`;
