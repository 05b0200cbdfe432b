/** What an address brings whoever signs in. */
export interface Brought {
  /** A one-time link. */
  readonly link: string | undefined;
  /** An identity provider has sent them back, and they may not come in. */
  readonly refused: boolean;
}

/** Taken out of the address bar, and so out of the browser's history. */
export const takeBrought = (): Brought => {
  const said = new URLSearchParams(window.location.hash.slice(1));
  const link = said.get('link') ?? undefined;
  const refused = said.get('sign-in') === 'refused';
  if (link !== undefined || refused)
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return { link, refused };
};
