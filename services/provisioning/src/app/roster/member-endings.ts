import { BEFORE_FIRST, type Position } from '@gatehouse/event-store';
import { Clock, type MemberId, type OrganizationId, pagesBehind } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { ApiKeyStreams } from '../api-key/api-key-streams';
import { DIRECTORY } from '../directory.ports';
import { ownMetadata } from '../own-metadata';
import { KeyHolders } from './key-holders';
import { type OrphanedKey, People, ROSTER, RosterDirectory } from './roster.ports';

interface MemberOf {
  readonly organizationId: OrganizationId;
  readonly memberId: MemberId;
}

/** What a member loses with the membership, or with roles. Every step may be repeated. */
@Injectable()
export class MemberEndings {
  constructor(
    private readonly directory: RosterDirectory,
    private readonly people: People,
    private readonly holders: KeyHolders,
    private readonly keys: ApiKeyStreams,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  /** Erases a removed member and revokes all keys that are known at the position; answers the position it reached. */
  async end(member: MemberOf, position: Position): Promise<Position> {
    await this.people.erase(member.organizationId, member.memberId);
    return this.revokeLost(member, position);
  }

  /** Revokes the keys that the member may not hold any more, as far as they are known at the position. */
  async revokeLost({ memberId }: MemberOf, position: Position): Promise<Position> {
    for (const projection of [ROSTER, DIRECTORY]) {
      await this.projections.waitFor(projection, String(position));
    }
    const reached = await this.revokeAll(memberId);
    return reached > position ? reached : position;
  }

  /** Whom it was not done for, or came too late for. */
  eraseEnded(): Promise<void> {
    return this.people.eraseEnded(this.clock.now());
  }

  /**
   * The keys of one member, or of all, that are to be revoked, some at a time: what was cut off, or came too late to be seen, as a key
   * that was issued while its member was removed.
   */
  async *lostKeys(of?: MemberId): AsyncGenerator<readonly OrphanedKey[], void, undefined> {
    const orphans = (after?: OrphanedKey) => this.directory.orphanedKeys(of, after);
    for await (const orphaned of pagesBehind(orphans)) yield await this.holders.lostAmong(orphaned);
  }

  private async revokeAll(of: MemberId): Promise<Position> {
    let reached = BEFORE_FIRST;
    for await (const lost of this.lostKeys(of)) {
      for (const key of lost) {
        const position = await this.revoke(key);
        if (position > reached) reached = position;
      }
    }
    return reached;
  }

  /** A key stays revoked: the projections, of which one may be ahead of the other, only say where to look. */
  async revoke({ organizationId, apiKeyId, memberId }: OrphanedKey): Promise<Position> {
    const manager = { kind: 'product' } as const;
    const command = { type: 'RevokeApiKey', organizationId, manager, at: this.clock.now() } as const;
    const metadata = ownMetadata({
      ...{ organizationId, command: command.type, requestId: `lost-by-${memberId}` },
      reason: `${memberId} was removed, or may less`,
    });
    const { position } = await this.keys.decide(apiKeyId, command, { metadata });
    return position;
  }
}
