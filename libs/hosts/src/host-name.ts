import { METADATA_NAMES } from './metadata';

/**
 * What a name alone tells: `metadata` is one under which a cloud serves it, `local` is whatever the resolver at hand
 * makes of it, `look-alike` may be spelled like another.
 */
export type NameKind = 'ordinary' | 'local' | 'look-alike' | 'metadata';

const LOCAL_ZONES = [
  ...[
    'localhost',
    'local',
    'localdomain',
    'internal',
    'intranet',
    'private',
    'lan',
    'corp',
    'home',
    'home.arpa',
  ],
  // Public names of private addresses, or of any address that is asked for.
  ...['localtest.me', 'lvh.me', 'vcap.me', 'lacolhost.com', 'localho.st', 'traefik.me'],
  ...['nip.io', 'sslip.io', 'xip.io', 'rbndr.us', '1u.ms'],
];

/** @param name of a URL, in lower case, without a trailing dot. */
export const kindOfName = (name: string): NameKind => {
  if (METADATA_NAMES.has(name)) return 'metadata';
  if (/(^|\.)xn--/.test(name)) return 'look-alike';
  const isLocal = !name.includes('.') || LOCAL_ZONES.some((zone) => isBelow(name, zone));
  return isLocal ? 'local' : 'ordinary';
};

const isBelow = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);
