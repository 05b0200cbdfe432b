import { deriveId, organizationId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { Configuration, secretReferenceId } from './domain/configuration';
import {
  GatewayFixture,
  INTEGRATION,
  KEY_ID,
  ORGANIZATION,
  PROVISION,
  WORKSPACE,
} from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'Hello' }];
const needs = ['a feature of the future'];

describe('an entry of the configuration that needs what this gateway does not know', () => {
  const gateway = new GatewayFixture();
  const { control } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());

  const answer = async (): Promise<string> => {
    const response = await gateway.chat({ model: '@acme/small', messages, max_tokens: 5 });
    if (response.status === 200) return 'served';
    const { error } = (await response.json()) as { error: { code: string } };
    return `${response.status} ${error.code}`;
  };
  const becomes = (wanted: string) => until(async () => (await answer()) === wanted, wanted);
  const told = (id: string) => {
    const entry = control.entries.get(id);
    if (!entry) throw new Error(`there is no ${id}`);
    return entry;
  };

  it.each([
    ['key', KEY_ID],
    ['workspace', WORKSPACE],
    ['organization', ORGANIZATION],
    ['provision', PROVISION],
    ['integration', INTEGRATION],
  ])('of the %s has its calls refused until it is understood', async (_kind, id) => {
    await becomes('served');
    const entry = told(id);
    control.set({ ...entry, needs });
    await becomes('503 limits_unavailable');
    control.set(entry);
    await becomes('served');
  });

  it('of a kind that it does not know has the calls refused that it governs, and no others', async () => {
    const id = 'future:1';
    control.set({ id, value: undefined, needs, governs: deriveId('ws', 'another') });
    // What is told after it has arrived: so has it.
    control.set({ id: 'future:2', value: undefined, needs, governs: PROVISION });
    await becomes('503 limits_unavailable');
    control.set({ id: 'future:2', value: undefined });
    await becomes('served');
    control.set({ id, value: undefined, needs, governs: WORKSPACE });
    await becomes('503 limits_unavailable');
    control.set({ id, value: undefined });
    await becomes('served');
  });

  it('of a secret reference has nothing opened by it', () => {
    const configuration = new Configuration();
    const organization = organizationId(ORGANIZATION);
    const id = secretReferenceId(organization, 'vault');
    const locator = { kind: 'environment', variable: 'KEY' } as const;
    configuration.apply({
      kind: 'secretReference',
      value: { id, organizationId: organization, slug: 'vault', locator },
    });
    expect(configuration.secretReferenceNamed(organization, 'vault')?.id).toBe(id);
    configuration.noteGovernedBeyond(id, id);
    expect(configuration.secretReferenceNamed(organization, 'vault')).toBeUndefined();
  });

  it('is told again to a gateway that starts, which refuses until it was, and after', async () => {
    const entry = told(PROVISION);
    control.set({ ...entry, needs });
    await becomes('503 limits_unavailable');
    await gateway.stopGateway();
    await gateway.startGateway();
    expect(control.watchedFrom.at(-1)).toBe(0n);
    await becomes('503 limits_unavailable');
    control.set(entry);
    await becomes('served');
  });
});
