/**
 * Where clouds tell a machine's credentials to whoever asks from it. The one list of them: no setting allows any, and
 * only code that fetches such credentials on purpose goes there.
 */

/** Blocks rather than single addresses where a cloud spreads its services over the neighbours. */
export const METADATA_NETWORKS: readonly string[] = [
  // Amazon, Azure, Google, Oracle, DigitalOcean, Hetzner, IBM and OpenStack; Amazon's resolver and clock; Rancher.
  '169.254.169.0/24',
  'fe80::a9fe:a9fe/128',
  // Amazon's containers and pods.
  '169.254.170.0/24',
  'fd00:ec2::/32',
  // Google, on machines without IPv4.
  'fd20:ce::254/128',
  // Azure's host agent.
  '168.63.129.16/32',
  // Oracle: classic, and by IPv6.
  '192.0.0.192/32',
  'fd00:c1::a9fe:a9fe/128',
  // Alibaba.
  '100.100.100.200/32',
  'fd00:100::100:200/128',
  // Tencent.
  '169.254.0.23/32',
  '169.254.10.10/32',
  // Volcano Engine.
  '100.96.0.96/32',
  // Scaleway.
  '169.254.42.42/32',
  'fd00:42::42/128',
  // Linode.
  'fd00:a9fe:a9fe::1/128',
];

/** In lower case, without a trailing dot. */
export const METADATA_NAMES: ReadonlySet<string> = new Set([
  // Google, and what its resolver makes of the short name.
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  // Amazon.
  'instance-data',
  'instance-data.ec2.internal',
  // Azure.
  'metadata.azure.internal',
  'metadata.azure.com',
  // Oracle.
  'metadata.oraclecloud.com',
  // Tencent.
  'metadata.tencentyun.com',
  // IBM, whose API by TLS takes the name alone.
  'api.metadata.cloud.ibm.com',
  // Equinix, and as it was called before.
  'metadata.platformequinix.com',
  'metadata.packet.net',
  // Exoscale.
  'metadata.exoscale.com',
  // Rancher.
  'rancher-metadata',
  'rancher-metadata.rancher.internal',
]);
