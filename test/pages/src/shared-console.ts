import { Product } from '@gatehouse/e2e';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { startChromium } from './chromium';
import { Visitor } from './visitor';

export interface SharedConsole {
  readonly product: Product;
  readonly browser: Browser;
  /** Signed in by a key; the first admin's where none is given. */
  visitor(options?: BrowserContextOptions, key?: string): Promise<Visitor>;
  /** The product starts again, with more in its environment; where it listens stays. */
  startAgain(env: NodeJS.ProcessEnv): Promise<void>;
}

let starting: Promise<SharedConsole> | undefined;

const start = async (): Promise<SharedConsole> => {
  const browser = await startChromium();
  const env: NodeJS.ProcessEnv = {};
  const product = await Product.start({ env });
  return {
    product,
    browser,
    visitor: async (options = {}, key = product.first.adminKey) => {
      const visitor = await Visitor.come(browser, product.first.console, options);
      await visitor.signIn(key);
      return visitor;
    },
    startAgain: async (more) => {
      await product.interrupt();
      Object.assign(env, more);
      await product.startAgain();
    },
  };
};

/** One product and one browser for all scenes of a suite. */
export const sharedConsole = (): Promise<SharedConsole> => (starting ??= start());

export const stopSharedConsole = async (): Promise<void> => {
  const shared = await starting;
  await shared?.browser.close();
  await shared?.product.stop();
};
