import { type EventMetadata, InMemoryEventStore } from '@gatehouse/event-store';
import { apiKeyId, deriveId, FixedClock, organizationId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { CreateSignInLinkCommand, CreateSignInLinkHandler } from './create-sign-in-link.handler';
import { SessionStreams } from './session-streams';
import { SessionMint } from './session.ports';
import type { SigningKeys } from './signing-keys';

const ours = organizationId(deriveId('org', 'ours'));
const key = apiKeyId(deriveId('key', 'one'));
const metadata: EventMetadata = {
  organizationId: ours,
  actor: { kind: 'apiKey', id: key, address: '' },
  ...{ reason: '', requestId: 'link', command: 'CreateSignInLink', correlationId: 'link', causationId: '' },
};

class Counting extends SessionMint {
  private made = 0;
  session(): never {
    throw new Error('no session is asked for');
  }
  link() {
    this.made++;
    return { token: `token ${this.made}`, hash: String(this.made).padStart(64, '0') };
  }
}

test('of two calls with one request id at the same moment, in two processes, the one whose link was recorded is told it', async () => {
  const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
  const store = new InMemoryEventStore(clock);
  const mint = new Counting();
  const codecs = new ProtoEventCodecs();
  const keys = { find: async () => ({ hash: 'f'.repeat(64) }) } as unknown as SigningKeys;
  const newStreams = () => new SessionStreams(store, codecs, testIds);
  const ask = () =>
    new CreateSignInLinkHandler(newStreams(), keys, mint, clock).execute(
      new CreateSignInLinkCommand(metadata, key, undefined),
    );
  const told = await Promise.all([ask(), ask()]);
  const links = (await newStreams().find(key))?.state.links ?? [];
  expect(links).toHaveLength(1);
  const tokens = told.flatMap(({ token }) => (token === '' ? [] : [token]));
  expect(tokens).toEqual([`token ${Number(links[0]?.hash)}`]);
  expect(new Set(told.map(({ expiresAt }) => expiresAt.getTime())).size).toBe(1);
});
