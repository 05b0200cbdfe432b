import { deriveId, organizationId, webhookId } from '@gatehouse/kernel';
import { addWebhook, rotateSecret, signingSecrets, type Webhook } from './webhook';

const NOW = new Date('2026-11-10T12:00:00Z');
const askedAs = (requestId: string) => ({
  actor: { kind: 'apiKey', id: deriveId('key', 'k'), address: '' } as const,
  ...{ reason: 'a spec', requestId, command: 'RotateWebhookSecret' },
});
const added = addWebhook(
  {
    id: webhookId(deriveId('whk', 'w')),
    organizationId: organizationId(deriveId('org', 'ours')),
    ...{ url: 'https://hooks.example.com', origin: 'https://hooks.example.com', eventTypes: [] },
    ...{ sealed: 'sealed 1', asked: askedAs('add') },
  },
  undefined,
  0,
  NOW,
).webhook;
const rotate = (known: Webhook, requestId: string) => {
  const version = (known.secrets[0]?.version ?? 0) + 1;
  return rotateSecret({ version, sealed: `sealed ${version}`, asked: askedAs(requestId) }, known, NOW);
};
const signingVersions = (webhook: Webhook) => signingSecrets(webhook, NOW).map(({ version }) => version);

describe('a secret that is changed', () => {
  const twice = ['first', 'second'].reduce((known, id) => rotate(known, id).webhook, added);
  const thrice = rotate(twice, 'third').webhook;

  it('signs with the one before, and one before that is gone', () => {
    expect(signingVersions(twice)).toEqual([3, 2]);
    expect(signingVersions(thrice)).toEqual([4, 3]);
    expect(thrice.secrets.map(({ sealed }) => sealed)).toEqual([
      'sealed 4',
      'sealed 3',
      undefined,
      undefined,
    ]);
  });

  it.each(['first', 'second', 'third', 'add'])(
    'is changed once by a request, whatever was changed since: %s',
    (requestId) => expect(rotate(thrice, requestId)).toEqual({ webhook: thrice, events: [] }),
  );
});
