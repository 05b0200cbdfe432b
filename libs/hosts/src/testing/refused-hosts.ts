import type { HostRefusal } from '../host-refusal';

/** A base URL that nobody may call unless the operator lists it, and some not even then. */
export interface RefusedHost {
  readonly what: string;
  readonly url: string;
  readonly refusal: HostRefusal;
  /** What its name resolves to; absent where its text says enough. */
  readonly addresses?: readonly string[];
}

const of = (what: string, refusal: HostRefusal, urls: readonly string[]): readonly RefusedHost[] =>
  urls.map((url) => ({ what, refusal, url }));

/** Of hosts by https: hosts in brackets and others, as they stand in a URL. */
const at = (what: string, refusal: HostRefusal, hosts: readonly string[]): readonly RefusedHost[] =>
  of(
    what,
    refusal,
    hosts.map((host) => `https://${host}/v1`),
  );

const named = (
  what: string,
  refusal: HostRefusal,
  names: Readonly<Record<string, readonly string[]>>,
): readonly RefusedHost[] =>
  Object.entries(names).map(([name, addresses]) => ({
    ...{ what, refusal, addresses },
    url: `https://${name}/v1`,
  }));

export const REFUSED_HOSTS: readonly RefusedHost[] = [
  ...at('loopback', 'private', [
    ...['127.0.0.1', '127.0.0.1.', '127.255.255.254', '127.1', '127.0.1', '127.0x0.1', '127.0.0.1:8000'],
    ...[
      '2130706433',
      '0x7f000001',
      '0x7F.1',
      '0x7f.0x0.0x0.0x1',
      '0177.0.0.1',
      '017700000001',
      '0177.0.0.01',
    ],
    ...['１２７.０.０.１', '127。0。0。1', '①②⑦.0.0.①', '%31%32%37.0.0.1'],
    ...['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::1]:8000'],
    ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]'],
    ...['[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
  ]),
  ...at('unspecified', 'private', ['0', '0.0.0.0', '0x0', '00000', '0.1.2.3', '[::]', '[::ffff:0.0.0.0]']),
  ...at('unspecified', 'private', ['[64:ff9b::]', '[2002::1]']),
  ...at('private', 'private', [
    ...['10.0.0.1', '10.1', '10.255.255.255', '167772161', '0xa000001', '012.0.0.1', '10.0.0.1.'],
    ...[
      '172.16.0.1',
      '172.31.255.255',
      '0xac100001',
      '192.168.0.1',
      '192.168.1',
      '3232235521',
      '0300.0250.0.1',
    ],
    ...[
      '[::ffff:10.0.0.1]',
      '[::ffff:c0a8:1]',
      '[64:ff9b::a00:1]',
      '[64:ff9b::172.16.0.1]',
      '[2002:a00:1::1]',
    ],
    // Teredo: a client inside, and a server inside.
    ...['[2001:0:4136:e378:8000:63bf:f5ff:fffe]', '[2001:0:a00:1:8000:63bf:fefe:fefe]'],
  ]),
  ...at('carrier-grade', 'private', ['100.64.0.1', '100.127.255.254', '[::ffff:100.64.0.1]', '1681915905']),
  ...at('benchmark', 'private', ['198.18.0.1', '198.19.255.255', '[::ffff:198.18.0.1]', '[2001:2::1]']),
  ...at('link-local', 'private', ['169.254.1.1', '169.254.255.255', '[::ffff:169.254.1.1]']),
  ...at('link-local', 'private', ['[fe80::1]', '[febf::1]']),
  ...at('unique-local', 'private', ['[fc00::1]', '[fd12:3456:789a::1]', '[fdff:ffff::1]']),
  ...at('multicast', 'private', [
    '224.0.0.1',
    '239.255.255.255',
    '[ff02::1]',
    '[ff0e::1]',
    '[::ffff:e000:1]',
  ]),
  ...at('documentation', 'private', [
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '[2001:db8::1]',
    '[3fff::1]',
  ]),
  ...at('reserved', 'private', ['192.0.0.1', '192.88.99.1', '240.0.0.1', '255.255.255.255', '4294967295']),
  ...at('reserved', 'private', [
    '[100::1]',
    '[4000::1]',
    '[5f00::1]',
    '[fec0::1]',
    '[2001:20::1]',
    '[e000::1]',
  ]),
  // Of public addresses, but nobody's on the internet.
  ...at('reserved', 'private', ['[::8.8.8.8]', '[::ffff:0:8.8.8.8]', '[64:ff9b:1::808:808]']),
  ...at('reserved', 'private', ['[2001:0:4136:e378:8000:63bf:f7f7:f7f7]']),
  ...at('metadata address', 'metadata', [
    ...['169.254.169.254', '169.254.169.254.', '2852039166', '0xa9fea9fe', '0xA9.0xFE.0xA9.0xFE'],
    ...['0251.0376.0251.0376', '169.254.43518', '169.16689662', '１６９.254.169.254', '169.254.169.254:8080'],
    ...[
      '[::ffff:169.254.169.254]',
      '[::ffff:a9fe:a9fe]',
      '[::169.254.169.254]',
      '[::ffff:0:169.254.169.254]',
    ],
    ...['[64:ff9b::a9fe:a9fe]', '[64:ff9b::169.254.169.254]', '[64:ff9b:1::a9fe:a9fe]'],
    ...['[64:ff9b:1:a9fe:a9:fe00::]', '[2002:a9fe:a9fe::1]', '[2001:0:a9fe:a9fe::]'],
    ...['[2001:0:4136:e378:8000:63bf:5601:5601]', '[fe80::a9fe:a9fe]', '[fd00:ec2::254]', '[fd00:ec2::23]'],
    ...[
      '[fd20:ce::254]',
      '[fd00:c1::a9fe:a9fe]',
      '[fd00:42::42]',
      '[fd00:100::100:200]',
      '[fd00:a9fe:a9fe::1]',
    ],
    ...[
      '169.254.170.2',
      '169.254.170.23',
      '169.254.169.253',
      '169.254.0.23',
      '169.254.10.10',
      '169.254.42.42',
    ],
    ...['100.100.100.200', '0x646464c8', '[::ffff:100.100.100.200]', '168.63.129.16', '2822734096'],
    ...['192.0.0.192', '[64:ff9b::c000:c0]', '100.96.0.96'],
  ]),
  ...at('metadata name', 'metadata', [
    ...['metadata', 'metadata.', 'metadata.google.internal', 'METADATA.Google.Internal.', 'metadata.goog'],
    ...['instance-data', 'instance-data.ec2.internal', 'metadata.azure.internal', 'metadata.azure.com'],
    ...['metadata.oraclecloud.com', 'metadata.tencentyun.com', 'api.metadata.cloud.ibm.com'],
    ...[
      'metadata.platformequinix.com',
      'metadata.exoscale.com',
      'rancher-metadata',
      'ｍetadata.google.internal',
    ],
  ]),
  ...named('a name of metadata', 'metadata', {
    'harmless.example.com': ['169.254.169.254'],
    'mapped.example.com': ['::ffff:a9fe:a9fe'],
    'scoped.example.com': ['fe80::a9fe:a9fe%eth0'],
    'one-of-two.example.com': ['93.184.215.14', '100.100.100.200'],
    'the-worse-of-two.example.com': ['10.0.0.5', '169.254.169.254'],
    '169.254.169.254.nip.io': ['169.254.169.254'],
    '169-254-169-254.sslip.io': ['169.254.169.254'],
  }),
  ...named('a name of this machine', 'private', {
    localhost: ['127.0.0.1', '::1'],
    'localhost.': ['127.0.0.1'],
    LOCALHOST: ['127.0.0.1'],
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ': ['127.0.0.1'],
    'api.localhost': ['127.0.0.1'],
    'app.localtest.me': ['127.0.0.1'],
    'lvh.me': ['127.0.0.1'],
    '127.0.0.1.nip.io': ['127.0.0.1'],
    'harmless.example.com': ['127.0.0.1'],
    'unspecified.example.com': ['0.0.0.0'],
    'six.example.com': ['::1'],
    'none.example.com': ['::'],
  }),
  ...named('a name of a private network', 'private', {
    registry: ['10.0.0.5'],
    'printer.local': ['192.168.1.9'],
    'db.corp.internal': ['10.0.0.5'],
    'host.docker.internal': ['172.17.0.1'],
    'kubernetes.default.svc.cluster.local': ['10.96.0.1'],
    'router.lan': ['192.168.1.1'],
    '10-0-0-5.sslip.io': ['10.0.0.5'],
    'split.example.com': ['10.0.0.5'],
    'one-of-two.example.com': ['93.184.215.14', '10.0.0.5'],
    'unique-local.example.com': ['fd12::1'],
    'mapped.example.com': ['::ffff:10.0.0.5'],
    'nat64.example.com': ['64:ff9b::a00:5'],
    'scoped.example.com': ['fe80::1%eth0'],
    // Local names are whatever a resolver makes of them, which here is another's server.
    gpu: ['93.184.215.14'],
    'gpu.corp': ['93.184.215.14'],
  }),
  ...at('zone id', 'malformed', ['[fe80::1%25eth0]', '[fe80::1%eth0]', '[::1%25lo]', '[fe80::1%25]']),
  ...at('punycode', 'look-alike', [
    'xn--80ak6aa92e.com',
    'аррӏе.com',
    'api.οpenai.com',
    'xn--oogle-qmc.com.',
  ]),
  ...of('user information', 'user-information', [
    ...[
      'https://user:pass@api.openai.com/v1',
      'https://user@api.openai.com/v1',
      'https://@api.openai.com/v1',
    ],
    ...[
      'https://:p@api.openai.com/v1',
      'https://api.openai.com@127.0.0.1/v1',
      'https://127.0.0.1@api.openai.com',
    ],
    ...['https://api.openai.com:443@169.254.169.254/', 'https://a%40b@api.openai.com/'],
  ]),
  ...of('query or fragment', 'query', [
    ...[
      'https://api.openai.com/?@127.0.0.1',
      'https://api.openai.com#/v1',
      'https://api.openai.com/v1?key=1',
    ],
  ]),
  ...of('no http', 'malformed', [
    ...['ftp://api.openai.com/', 'file:///etc/passwd', 'gopher://127.0.0.1:6379/_x', 'javascript:alert(1)'],
    ...[
      '//api.openai.com/v1',
      'api.openai.com/v1',
      'https:api.openai.com',
      'https:///api.openai.com',
      'data:,x',
    ],
    ...['unix:///var/run/docker.sock', 'https://', 'https://:443', 'https://api.openai.com:99999', 'nowhere'],
  ]),
  ...of('what a parser forgives', 'malformed', [
    ...[
      'https:\\\\127.0.0.1',
      'https://api.openai.com\\@127.0.0.1',
      '\thttps://api.openai.com',
      ' https://a.com',
    ],
    ...['https://api.openai .com', 'https://api.\nopenai.com', 'https://127.0.0.1 @api.openai.com'],
    ...['https://api..openai.com', 'https://.openai.com', 'https://api.openai.com..', 'https://1.2.3.4.5/'],
  ]),
  ...of('another protocol', 'port', [
    ...['https://api.openai.com:22/v1', 'https://api.openai.com:25/v1', 'https://api.openai.com:0/v1'],
    ...['https://api.openai.com:3306/v1', 'https://api.openai.com:5432/v1', 'http://127.0.0.1:6379/v1'],
    ...['http://127.0.0.1:2375/v1', 'https://10.0.0.1:10250/v1', 'https://10.0.0.1:27017/v1'],
  ]),
  ...of('plain text', 'plain-text', [
    'http://8.8.8.8/v1',
    'http://134744072/v1',
    'http://[2606:4700::1111]/v1',
  ]),
  {
    what: 'plain text',
    url: 'http://api.openai.com/v1',
    refusal: 'plain-text',
    addresses: ['162.159.140.245'],
  },
];

/** Base URLs of hosts on the public internet, and what their names resolve to. */
export const PUBLIC_HOSTS: readonly { readonly url: string; readonly addresses?: readonly string[] }[] = [
  { url: 'https://api.openai.com/v1', addresses: ['162.159.140.245', '2606:4700:7::f5'] },
  { url: 'https://api.openai.com./v1', addresses: ['162.159.140.245'] },
  { url: 'https://gpu.example.com:8443/openai/@v1', addresses: ['93.184.215.14'] },
  { url: 'https://nat64.example.com', addresses: ['64:ff9b::5db8:d70e'] },
  { url: 'https://metadata.example.com', addresses: ['93.184.215.14'] },
  { url: 'https://8.8.8.8' },
  { url: 'https://172.15.255.255' },
  { url: 'https://172.32.0.1' },
  { url: 'https://192.0.1.1' },
  { url: 'https://100.128.0.1' },
  { url: 'https://[2606:4700::1111]/v1' },
  { url: 'https://[::ffff:8.8.8.8]/v1' },
  { url: 'https://[64:ff9b::808:808]/v1' },
];
