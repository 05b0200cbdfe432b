/** Light, dark, or whatever the system is. */
export type Scheme = 'system' | 'light' | 'dark';

const SCHEMES: readonly Scheme[] = ['system', 'light', 'dark'];
const STORED_AS = 'gatehouse-scheme';

/** A matter of this browser, and all that the page keeps in it. */
export const chosenScheme = (): Scheme => {
  const stored = window.localStorage.getItem(STORED_AS);
  return SCHEMES.find((scheme) => scheme === stored) ?? 'system';
};

export const chooseScheme = (scheme: Scheme): void => {
  window.localStorage.setItem(STORED_AS, scheme);
  applyScheme(scheme);
};

export const applyScheme = (scheme: Scheme): void => {
  document.documentElement.dataset['scheme'] = scheme;
};
