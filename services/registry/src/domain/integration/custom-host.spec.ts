import { parseCustomHost } from './custom-host';

const selfHosted = { customHost: 'required', selfHosted: true } as const;
const hosted = { customHost: 'optional', selfHosted: false } as const;

const faultOf = (raw: string, provider: Parameters<typeof parseCustomHost>[1]): string | undefined => {
  const host = parseCustomHost(raw, provider);
  return host.ok ? undefined : host.fault;
};

describe('a custom host', () => {
  test.each([
    ['http://127.0.0.1:9000/v1', 'http://127.0.0.1:9000/v1'],
    ['http://127.0.0.1:9000/v1///', 'http://127.0.0.1:9000/v1'],
    ['HTTP://LocalHost:8000/', 'http://localhost:8000'],
    ['https://gpu.example.com', 'https://gpu.example.com'],
    ['http://10.1.2.3/openai/@v1', 'http://10.1.2.3/openai/@v1'],
    ['http://[::1]:80/v1', 'http://[::1]/v1'],
    ['http://192.168.0.9:11434', 'http://192.168.0.9:11434'],
    ['http://vllm:8000/v1', 'http://vllm:8000/v1'],
  ])('%p of a self-hosted provider is %p', (raw, url) =>
    expect(parseCustomHost(raw, selfHosted)).toEqual({ ok: true, url }),
  );

  test.each([
    'ftp://example.com',
    'file:///etc/passwd',
    'example.com/v1',
    '//example.com',
    'https:example.com',
    'https:///example.com',
    'http://exa mple.com',
    'http://example.com/a b',
    '\thttp://example.com',
    'http:\\\\example.com',
    'http://example.com\\@other',
    'http://',
    'http://:80',
    'http://example.com:99999',
    'javascript:alert(1)',
  ])('%p is no http or https URL', (raw) =>
    expect(faultOf(raw, selfHosted)).toBe('must be an http or https URL'),
  );

  test.each([
    'http://user:pass@example.com',
    'http://user@example.com',
    'http://@example.com',
    'http://:p@a.com/v1',
  ])('%p has user information, which is not quoted', (raw) =>
    expect(faultOf(raw, selfHosted)).toBe('must not contain user information'),
  );

  test.each([
    'http://a.example/v1?key=1',
    'http://a.example/v1#x',
    'http://a.example/?',
    'http://a.example/#',
  ])('%p has a query or a fragment', (raw) =>
    expect(faultOf(raw, selfHosted)).toBe('must not have a query or a fragment'),
  );

  const metadata = [
    'http://169.254.169.254/latest',
    'http://169.254.1.1',
    'http://0xa9fea9fe',
    'http://2852039166/',
    'http://0251.0376.0251.0376',
    'http://169.254.43518',
    'http://[::ffff:169.254.169.254]',
    'http://[::ffff:a9fe:a9fe]',
    'http://[64:ff9b::169.254.169.254]',
    'http://[2002:a9fe:a9fe::1]',
    'http://[fe80::1]',
    'http://[febf::1]',
    'http://[fd00:ec2::254]',
    'http://[fd20:ce::254]',
    'http://100.100.100.200',
    'http://168.63.129.16',
    'http://metadata.google.internal/computeMetadata',
    'http://METADATA.google.internal.',
    'http://metadata',
    'http://169.254.169.254.nip.io',
    'http://169-254-169-254.sslip.io',
    'http://１６９.254.169.254/',
  ];
  test.each(metadata)('%p leads to instance metadata and is refused of every provider', (raw) => {
    const fault = 'must not be an address that serves instance metadata';
    expect(faultOf(raw, selfHosted)).toBe(fault);
    expect(faultOf(raw.replace('http:', 'https:'), hosted)).toBe(fault);
  });

  test.each([
    'https://localhost',
    'https://api.localhost',
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0.0.0.0',
    'https://10.0.0.1',
    'https://100.64.0.1',
    'https://172.31.255.255',
    'https://192.168.1.1',
    'https://198.18.0.1',
    'https://224.0.0.1',
    'https://255.255.255.255',
    'https://[::]',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::127.0.0.1]',
    'https://[fc00::1]',
    'https://[fd12:3456::1]',
    'https://[ff02::1]',
    'https://[64:ff9b::10.0.0.1]',
    'https://registry',
    'https://printer.local',
    'https://db.corp.internal',
    'https://router.lan',
    'https://app.localtest.me',
  ])('%p is not public, and refused of a hosted provider', (raw) =>
    expect(faultOf(raw, hosted)).toBe('must be a public host with this provider'),
  );

  test.each([
    'https://eu.api.openai.com/v1',
    'https://8.8.8.8',
    'https://[2606:4700::1111]',
    'https://172.32.0.1',
  ])('%p is public', (raw) => expect(parseCustomHost(raw, hosted)).toEqual({ ok: true, url: raw }));

  test('of a hosted provider takes https', () =>
    expect(faultOf('http://eu.api.openai.com/v1', hosted)).toBe('must use https with this provider'));

  test('has a length', () => {
    const longest = `http://a.example/${'x'.repeat(2_048 - 17)}`;
    expect(parseCustomHost(longest, selfHosted)).toEqual({ ok: true, url: longest });
    expect(faultOf(`${longest}x`, selfHosted)).toBe('must have at most 2048 characters');
  });

  test('is absent where the provider has its own', () => {
    expect(parseCustomHost('', hosted)).toEqual({ ok: true, url: '' });
    expect(faultOf('', selfHosted)).toBe('is required');
  });

  test('is refused where the catalog does not allow it', () =>
    expect(faultOf('https://a.example', { customHost: 'refused', selfHosted: false })).toBe(
      'is not possible with this provider',
    ));
});
