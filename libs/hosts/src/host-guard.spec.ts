import type { LookupAddress } from 'node:dns';
import { HostGuard } from './host-guard';
import { describeHostRefusal, HostRefused, type HostRefusal } from './host-refusal';
import { METADATA_NAMES } from './metadata';
import { PrivateHosts } from './private-hosts';
import { fixedLookup, PUBLIC_HOSTS, rebindingLookup, REFUSED_HOSTS } from './testing';

const listed = (list: string): PrivateHosts => {
  const hosts = PrivateHosts.parse(list);
  if (hosts === undefined) throw new Error(`cannot be parsed: ${list}`);
  return hosts;
};
const EVERYTHING = listed('0.0.0.0/0, ::/0, metadata, *.internal, *.com, *.io, instance-data');

/** As the registry judges: the text, then what it resolves to. */
const atConnect = async (guard: HostGuard, raw: string): Promise<HostRefusal | undefined> => {
  const parsed = guard.parse(raw);
  return parsed.ok ? guard.resolve(parsed.url) : parsed.refusal;
};

/** As the gateway judges: the text, then what its socket is about to dial. Answers the addresses or the refusal. */
const atDial = async (guard: HostGuard, raw: string): Promise<readonly string[] | HostRefusal> => {
  const parsed = guard.parse(raw);
  if (!parsed.ok) return parsed.refusal;
  const { hostname } = parsed.url;
  return new Promise((resolve, reject) => {
    guard.lookupFor(parsed.url)(hostname, { all: true }, (error, addresses) => {
      if (error instanceof HostRefused) return resolve(error.refusal);
      if (error) return reject(error);
      resolve((addresses as LookupAddress[]).map(({ address }) => address));
    });
  });
};

describe('without a list', () => {
  it('has a table worth its name', () => {
    expect(REFUSED_HOSTS.length).toBeGreaterThan(200);
    expect(new Set(REFUSED_HOSTS.map(({ url, addresses }) => `${url} ${addresses}`)).size).toBe(
      REFUSED_HOSTS.length,
    );
  });

  it.each(REFUSED_HOSTS)('$what: $url $addresses is refused', async ({ url, refusal, addresses }) => {
    const guard = new HostGuard(PrivateHosts.none, fixedLookup(addresses));
    expect(await atConnect(guard, url)).toBe(refusal);
    expect(await atDial(guard, url)).toBe(refusal);
  });

  it.each(PUBLIC_HOSTS)('$url may be called', async ({ url, addresses = ['93.184.215.14'] }) => {
    const guard = new HostGuard(PrivateHosts.none, fixedLookup(addresses));
    expect(await atConnect(guard, url)).toBeUndefined();
    expect(await atDial(guard, url)).toEqual(addresses);
  });
});

describe('metadata', () => {
  const rows = REFUSED_HOSTS.filter(({ refusal }) => refusal === 'metadata');

  it.each(rows)('$url $addresses is not allowed by any list', async ({ url, addresses }) => {
    const guard = new HostGuard(EVERYTHING, fixedLookup(addresses));
    expect(await atConnect(guard, url)).toBe('metadata');
    expect(await atDial(guard, url)).toBe('metadata');
  });

  it.each([...METADATA_NAMES])('%s is none, wherever it leads', async (name) => {
    const guard = new HostGuard(EVERYTHING, fixedLookup(['93.184.215.14']));
    expect(guard.parse(`https://${name}`)).toEqual({ ok: false, refusal: 'metadata' });
    const other = new HostGuard(listed(name), fixedLookup(['10.0.0.1']));
    expect(await atConnect(other, `http://${name}.`)).toBe('metadata');
  });
});

describe('with a list', () => {
  const guardOf = (list: string, ...addresses: string[]) =>
    new HostGuard(listed(list), fixedLookup(addresses));

  it.each([
    ['127.0.0.0/8', 'http://127.0.0.1:8000/v1', []],
    ['127.0.0.1', 'http://127.1:11434', []],
    ['127.0.0.0/8', 'http://[::ffff:127.0.0.1]:8000', []],
    ['::1', 'http://[::1]:8000', []],
    ['localhost', 'http://localhost:11434/v1', ['127.0.0.1', '::1']],
    ['127.0.0.0/8,::1', 'http://localhost:1234/v1', ['127.0.0.1', '::1']],
    ['10.0.0.0/8', 'http://vllm:8000/v1', ['10.1.2.3']],
    ['10.0.0.0/8', 'https://gpu.example.com/v1', ['10.1.2.3']],
    ['10.0.0.0/8', 'http://gpu.example.com/v1', ['10.1.2.3']],
    ['vllm', 'http://vllm:8000', ['172.18.0.4']],
    ['VLLM.', 'http://vllm.:8000', ['172.18.0.4']],
    ['*.corp.example', 'http://gpu.corp.example', ['192.168.7.7']],
    ['*.corp', 'https://a.b.corp', ['93.184.215.14']],
    ['fd00::/8', 'http://[fd12::7]:8000', []],
    ['169.254.0.0/16', 'http://169.254.7.7:8000', []],
    // Public addresses of one's own: the operator's word.
    ['130.149.0.0/16', 'http://130.149.7.7', []],
    ['xn--kln-sna.example', 'https://köln.example', ['93.184.215.14']],
    ['köln.example', 'https://xn--kln-sna.example', ['93.184.215.14']],
    ['64:ff9b::/96', 'http://[64:ff9b::a00:1]', []],
  ])('%s allows %s', async (list, url, addresses) => {
    const guard = guardOf(list, ...addresses);
    expect(await atConnect(guard, url)).toBeUndefined();
    if (addresses.length > 0) expect(await atDial(guard, url)).toEqual(addresses);
  });

  it.each([
    ['127.0.0.0/8', 'http://localhost:8000', ['127.0.0.1', '::1'], 'private'],
    ['127.0.0.0/8', 'http://0.0.0.0:8000', [], 'private'],
    ['127.0.0.0/8', 'http://10.0.0.1', [], 'private'],
    ['10.0.0.0/8', 'http://[64:ff9b::a00:1]', [], 'private'],
    ['*.corp.example', 'https://corp.example', ['10.0.0.1'], 'private'],
    ['*.corp.example', 'https://evilcorp.example', ['10.0.0.1'], 'private'],
    ['vllm', 'https://vllm.example.com', ['10.0.0.1'], 'private'],
    // A listed name that leads away is not told anything in plain text.
    ['vllm', 'http://vllm', ['93.184.215.14'], 'plain-text'],
    ['vllm', 'http://vllm', ['10.0.0.1', '93.184.215.14'], 'plain-text'],
    ['vllm', 'http://vllm:5432', ['10.0.0.1'], 'port'],
    ['vllm', 'http://u@vllm', ['10.0.0.1'], 'user-information'],
    ['10.0.0.0/8', 'http://gpu.example.com', ['10.1.2.3', '93.184.215.14'], 'plain-text'],
    ['*.example', 'https://köln.other', ['93.184.215.14'], 'look-alike'],
  ] as const)('%s does not allow %s that leads to %p', async (list, url, addresses, refusal) => {
    const guard = guardOf(list, ...addresses);
    expect(await atConnect(guard, url)).toBe(refusal);
    expect(await atDial(guard, url)).toBe(refusal);
  });
});

describe('a name that does not resolve', () => {
  const guard = new HostGuard(listed('vllm'), fixedLookup());

  it.each([
    ['https://gpu.example.com', undefined],
    ['http://vllm:8000', undefined],
    ['http://gpu.example.com', 'plain-text'],
    ['https://registry', 'private'],
    ['https://db.internal', 'private'],
    ['https://127.0.0.1.nip.io', 'private'],
  ])('is judged by its text: %s', async (url, refusal) => expect(await atConnect(guard, url)).toBe(refusal));

  it('is not dialled', async () =>
    expect(atDial(guard, 'https://gpu.example.com')).rejects.toThrow('ENOTFOUND'));

  it('is judged by its text when the resolver does not come to an answer', async () => {
    jest.useFakeTimers();
    try {
      const judged = atConnect(new HostGuard(PrivateHosts.none, () => undefined), 'https://registry');
      await jest.advanceTimersByTimeAsync(60_000);
      expect(await judged).toBe('private');
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a name that is bound anew between check and dial', () => {
  it('is refused at the dial', async () => {
    const lookup = rebindingLookup([['93.184.215.14'], ['127.0.0.1']]);
    const guard = new HostGuard(PrivateHosts.none, lookup);
    expect(await atConnect(guard, 'https://rebinding.example.com')).toBeUndefined();
    expect(await atDial(guard, 'https://rebinding.example.com')).toBe('private');
  });

  it('is asked for once per dial: what was judged is what is dialled', async () => {
    const guard = new HostGuard(PrivateHosts.none, rebindingLookup([['93.184.215.14'], ['169.254.169.254']]));
    expect(await atDial(guard, 'https://rebinding.example.com')).toEqual(['93.184.215.14']);
    expect(await atDial(guard, 'https://rebinding.example.com')).toBe('metadata');
  });

  it('answers one address to who asks for one', async () => {
    const guard = new HostGuard(PrivateHosts.none, fixedLookup(['93.184.215.14', '2606:4700::1111']));
    const answer = await new Promise((resolve) =>
      guard.lookupFor(new URL('https://a.example.com'))('a.example.com', {}, (...all) => resolve(all)),
    );
    expect(answer).toEqual([null, '93.184.215.14', 4]);
  });
});

describe('what is told', () => {
  it.each(['private', 'look-alike', 'plain-text'] as const)('of %s names the setting', (refusal) => {
    expect(describeHostRefusal(refusal)).toContain('GATEHOUSE_PRIVATE_HOSTS');
    expect(new HostRefused(refusal)).toMatchObject({ code: 'ERR_HOST_REFUSED', refusal });
  });

  it('of metadata names none, as none allows it', () =>
    expect(describeHostRefusal('metadata')).not.toContain('GATEHOUSE'));
});

describe('the length', () => {
  it('has a bound', () => {
    const guard = new HostGuard(PrivateHosts.none, fixedLookup());
    const longest = `https://a.example.com/${'x'.repeat(2_048 - 22)}`;
    expect(guard.parse(longest)).toMatchObject({ ok: true });
    expect(guard.parse(`${longest}x`)).toEqual({ ok: false, refusal: 'too-long' });
  });
});
