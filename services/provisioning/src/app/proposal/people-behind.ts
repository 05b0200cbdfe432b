import { AppError } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { ApiKeyStreams } from '../api-key/api-key-streams';

/**
 * Who may be the person that a key speaks for: everybody who was ever told its secret. That is its member, whoever issued it,
 * and whoever rotated it, each by the key that it was done with, and so on to the keys that the operator issued. Such a key is
 * its member's, or where it has none is a person by itself.
 */
@Injectable()
export class PeopleBehind {
  constructor(private readonly keys: ApiKeyStreams) {}

  /** Ids of members and keys, in order. NOT_FOUND `API_KEY_UNKNOWN`. */
  async key(id: string): Promise<readonly string[]> {
    const people = new Set<string>();
    const seen = new Set<string>([id]);
    // Keys that are found on the way are looked at as well.
    for (const key of seen) {
      const told = await this.toldOf(key);
      for (const person of told.people) people.add(person);
      for (const other of told.keys) seen.add(other);
    }
    return [...people].sort();
  }

  private async toldOf(key: string): Promise<{ people: readonly string[]; keys: readonly string[] }> {
    const recorded = await this.keys.recorded(key);
    if (recorded.length === 0) throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
    const people: string[] = [];
    const keys: string[] = [];
    for (const one of recorded) {
      const event = this.keys.decode(one);
      if (event.type !== 'ApiKeyIssued' && event.type !== 'ApiKeyRotated') continue;
      const { kind, id } = one.metadata.actor;
      if (kind === 'apiKey') keys.push(id);
      if (event.type !== 'ApiKeyIssued') continue;
      if (event.memberId !== undefined) people.push(event.memberId);
      else if (kind !== 'apiKey') people.push(key);
    }
    return { people, keys };
  }
}
