import type { registryV1 } from '@gatehouse/proto-gen';

const DAY_MS = 86_400_000;

/** How old a credential is, in whole days, and when it expires, or did, where that is known. */
export const describeAge = (
  { credentialGivenAt: given, credentialExpiresAt: expires }: registryV1.IntegrationHealth,
  now: Date,
): string[] => [
  ...(given ? [`credential ${Math.floor((now.getTime() - given.getTime()) / DAY_MS)} days old`] : []),
  ...(expires ? [`${expires <= now ? 'expired' : 'expires'} ${expires.toISOString()}`] : []),
];
