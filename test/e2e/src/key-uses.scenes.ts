import { eventually } from '@gatehouse/kernel/testing';
import { auditV1, provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { newCommand } from './control-plane';
import type { Product } from './product';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const HOUR = '\\d{4}-\\d{2}-\\d{2}T\\d{2}Z';

let product: Product;

beforeAll(async () => {
  product = await sharedProduct();
}, START_MS);

describe('an admin who lists the keys', () => {
  const auditors = async (name: string): Promise<{ readonly id: string; readonly secret: string }> => {
    const { apiKey, secret } = await product.control().apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...newCommand(),
        name,
        role: provisioningV1.ApiKeyRole.AUDITOR,
      }),
    );
    return { id: apiKey?.id ?? '', secret };
  };

  /** Its row of `keys`, once that is there. */
  const shown = (name: string): Promise<string> =>
    eventually(async () => {
      const rows = await product.cli('keys', '--search', name);
      expect(rows).toContain(name);
      return rows;
    });

  it('sees when each was last used to govern, and where', async () => {
    const [history, lists, idle] = ['reads-history', 'reads-lists', 'reads-nothing'];
    const [atAudit, atRegistry] = [await auditors(history), await auditors(lists)];
    await auditors(idle);
    expect(await shown(idle)).toContain('never');
    const { events } = product.control(atAudit.secret);
    await eventually(() => events.listEvents(auditV1.ListEventsRequest.fromPartial({ pageSize: 1 })));
    const { integrations } = product.control(atRegistry.secret);
    await eventually(() =>
      integrations.listIntegrations(registryV1.ListIntegrationsRequest.fromPartial({ pageSize: 1 })),
    );
    await eventually(async () => {
      expect(await shown(history)).toMatch(new RegExp(`${HOUR}, audit(?!, or later)`));
      expect(await shown(lists)).toMatch(new RegExp(`${HOUR}, registry(?!, or later)`));
    });
    expect(JSON.parse(await product.cli('--json', 'keys', '--search', history))).toMatchObject({
      apiKeys: [{ id: atAudit.id, lastUsedService: 'audit', lastUsedAt: expect.stringMatching(/:00:00Z?/) }],
    });
    expect(await shown(idle)).toContain('never');
  });

  it('is given another by the operator where the last one is lost', async () => {
    const issue = ['keys', 'issue', 'replaces-the-lost', '--role', 'admin', '--reason', 'lost'];
    const answer = await product.cli('--json', ...issue, '--organization', product.first.organization);
    const { secret, apiKey } = JSON.parse(answer) as { secret: string; apiKey: { id: string } };
    const control = product.control(secret);
    await eventually(() => control.apiKeys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial({})));
    const issued = (await control.history()).filter(({ stream }) => stream === `apikey-${apiKey.id}`);
    expect(issued).toMatchObject([
      { type: 'ApiKeyIssued', actor: { kind: typeV1.ActorKind.OPERATOR }, reason: 'lost' },
    ]);
    expect(await shown('replaces-the-lost')).toContain('a service');
  });
});
