import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Debian's, or any other of the path. Without one the suite fails. */
const executable = (): string => {
  const named = process.env['GATEHOUSE_TEST_CHROMIUM'];
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find((path) => existsSync(path));
  const path = named ?? found;
  if (path === undefined)
    throw new Error(
      'Pages are driven in Chromium: apt-get install chromium, or name one by GATEHOUSE_TEST_CHROMIUM',
    );
  return path;
};

/** Asks nobody but the page's own console for anything. */
const options = () => ({
  executablePath: executable(),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

export const startChromium = (): Promise<Browser> => chromium.launch(options());

/** With a profile that other programs look into: it says in `DevToolsActivePort` by which port. */
export const startChromiumOf = (profile: string): Promise<BrowserContext> => {
  const { executablePath, args } = options();
  return chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...args, '--remote-debugging-port=0'],
  });
};
