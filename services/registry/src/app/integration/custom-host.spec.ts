import { describeHostRefusal, HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { fixedLookup, PUBLIC_HOSTS, REFUSED_HOSTS, rebindingLookup } from '@gatehouse/hosts/testing';
import { baseUrlOf, parseCustomHost } from './custom-host';
import { RegistryInMemory } from '../../testing/registry-in-memory';

const none = new HostGuard(PrivateHosts.none, fixedLookup());
const listing = (list: string, addresses: readonly string[] = []): HostGuard =>
  new HostGuard(PrivateHosts.parse(list) ?? PrivateHosts.none, fixedLookup(addresses));

const refusedAs = (description: string) => ({
  code: 'INVALID',
  reason: 'REQUEST_INVALID',
  violations: [{ field: 'custom_host', description }],
});

describe('the host of an integration', () => {
  it('may be absent where the provider has its own, and only there', () => {
    expect(parseCustomHost('', { customHost: 'optional' }, none)).toEqual({ ok: true });
    expect(parseCustomHost('', { customHost: 'refused' }, none)).toEqual({ ok: true });
    expect(parseCustomHost('', { customHost: 'required' }, none)).toEqual({
      ok: false,
      fault: { field: 'custom_host', description: 'is required' },
    });
  });

  it('is refused where the catalog does not allow it', () =>
    expect(parseCustomHost('https://a.example.com', { customHost: 'refused' }, none)).toEqual({
      ok: false,
      fault: { field: 'custom_host', description: 'is not possible with this provider' },
    }));

  it.each([
    ['http://127.0.0.1:9000/v1///', 'http://127.0.0.1:9000/v1'],
    ['HTTP://LocalHost:8000/', 'http://localhost:8000'],
    ['https://gpu.example.com', 'https://gpu.example.com'],
    ['http://10.1.2.3/openai/@v1', 'http://10.1.2.3/openai/@v1'],
    ['http://[::1]:80/v1', 'http://[::1]/v1'],
  ])('%s is kept as %s', (raw, kept) => expect(baseUrlOf(new URL(raw))).toBe(kept));
});

describe('connecting', () => {
  it.each(REFUSED_HOSTS)('refuses $what: $url $addresses', async ({ url, refusal, addresses }) => {
    const registry = new RegistryInMemory(new HostGuard(PrivateHosts.none, fixedLookup(addresses)));
    const connected = registry.connect('r', { customHost: url });
    await expect(connected).rejects.toMatchObject(refusedAs(describeHostRefusal(refusal)));
    expect(await registry.eventTypes()).toEqual([]);
  });

  it.each(PUBLIC_HOSTS)('takes $url', async ({ url, addresses }) => {
    const registry = new RegistryInMemory(new HostGuard(PrivateHosts.none, fixedLookup(addresses)));
    const { integration } = await registry.connect('r', { customHost: url });
    expect(integration.customHost).toBe(baseUrlOf(new URL(url)));
  });

  it.each([
    ['127.0.0.0/8', 'http://127.0.0.1:8000/v1', []],
    ['ollama', 'http://ollama:11434/v1', ['172.18.0.5']],
    ['10.0.0.0/8', 'http://vllm.corp:8000/v1', ['10.1.2.3']],
  ])('takes what the operator lists, %s: %s of any provider', async (list, customHost, addresses) => {
    for (const provider of ['self-hosted', 'openai']) {
      const registry = new RegistryInMemory(listing(list, addresses));
      expect((await registry.connect('r', { provider, customHost })).integration).toMatchObject({
        customHost,
      });
    }
  });

  it('refuses with the name of the setting that would allow it', async () => {
    const registry = new RegistryInMemory(listing('10.0.0.0/8'));
    await expect(registry.connect('r', { customHost: 'http://192.168.0.7:8000' })).rejects.toThrow(
      'custom_host: must be a public host, or one that the operator allows in GATEHOUSE_PRIVATE_HOSTS',
    );
  });

  it('again with the same request id answers as before, wherever the name leads by then', async () => {
    const lookup = rebindingLookup([['93.184.215.14'], ['10.0.0.1']]);
    const registry = new RegistryInMemory(new HostGuard(PrivateHosts.none, lookup));
    const customHost = 'https://gpu.example.com';
    const first = await registry.connect('r', { customHost });
    expect(await registry.connect('r', { customHost })).toEqual(first);
    await expect(registry.connect('other', { slug: 'other', customHost })).rejects.toMatchObject({
      code: 'INVALID',
    });
  });
});
