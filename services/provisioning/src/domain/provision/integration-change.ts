/** What somebody is about to do to an integration, at the registry. */
export type IntegrationChange = 'disable' | 'delete' | 'rotate';

/** What comes of it for the calls by a provision. `goesOn`: they are sent with another credential, and else as before. */
export type ChangeEffect = 'none' | 'stops' | 'ends' | 'goesOn';

/** A provision that lets nobody call now has nothing to lose, but for its being there. */
export const effectOn = (
  { enabled, expiresAt }: { readonly enabled: boolean; readonly expiresAt?: Date },
  change: IntegrationChange,
  at: Date,
): ChangeEffect => {
  const calls = enabled && (expiresAt === undefined || expiresAt > at);
  switch (change) {
    case 'disable':
      return calls ? 'stops' : 'none';
    case 'delete':
      return 'ends';
    case 'rotate':
      return calls ? 'goesOn' : 'none';
  }
};
