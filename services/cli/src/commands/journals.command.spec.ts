import type { Connection } from '../connection';
import { Output } from '../output';
import { list } from './journals.command';

const nobody = { learn: async () => undefined, beside: () => '' };

const listed = async (restoredNoticedAt?: Date): Promise<string> => {
  const told: string[] = [];
  const output = new Output(false, (text) => void told.push(text));
  const page = { journals: [], nextPageToken: '', restoredNoticedAt };
  const connection = { journals: () => ({ listJournals: async () => page }) } as unknown as Connection;
  await list({ connection, output });
  await output.show(nobody);
  return told.join('\n');
};

describe('the list of journals', () => {
  it('says of a ledger that was restored that it grants nothing, and what ends that', async () => {
    expect(await listed(new Date(0))).toContain('1970-01-01T00:00:00.000Z, and grants nothing until');
    expect(await listed(new Date(0))).toContain('gatehouse ledger recover --reason');
  });

  it('says nothing of it otherwise', async () => {
    expect(await listed()).not.toContain('restored');
  });
});
