import type { Page } from 'playwright-core';

export interface HeldAnswer {
  /** Resolved once the page has asked. */
  readonly asked: Promise<void>;
  /** Lets the page have its answer. */
  readonly release: () => void;
}

/** What a page asks for at such an address is answered no sooner than it is released. */
export const holdAnswer = async (page: Page, url: RegExp): Promise<HeldAnswer> => {
  const [asked, askedNow] = signal();
  const [released, release] = signal();
  await page.route(url, async (route) => {
    askedNow();
    await released;
    await route.continue();
  });
  return { asked, release };
};

const signal = (): readonly [Promise<void>, () => void] => {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return [given, give];
};
