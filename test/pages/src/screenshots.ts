import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Organization } from './organization';
import { sharedConsole, stopSharedConsole } from './shared-console';
import { furnish, SHOWN_PAGES } from './shown-pages';
import { DESKTOP, PHONE } from './visitor';

const WIDTHS = { desktop: DESKTOP, phone: PHONE } as const;
const SCHEMES = ['light', 'dark'] as const;

/** Pictures of every page for people to look at: `npm run screenshots -- DIRECTORY`. */
const main = async (): Promise<void> => {
  const directory = process.argv[2] ?? 'screenshots';
  mkdirSync(directory, { recursive: true });
  try {
    const shared = await sharedConsole();
    const organization = await Organization.found(shared.product);
    const furnished = await furnish(organization, `${shared.product.first.simulator}/v1`);
    for (const [width, viewport] of Object.entries(WIDTHS))
      for (const colorScheme of SCHEMES) {
        const visitor = await shared.visitor({ viewport, colorScheme }, organization.adminKey);
        for (const { name, ...shown } of SHOWN_PAGES) {
          await visitor.show(shown, furnished);
          const file = join(directory, `${name}-${width}-${colorScheme}.png`);
          await visitor.page.screenshot({ path: file, fullPage: true });
          console.log(file);
        }
        await visitor.leave();
      }
  } finally {
    await stopSharedConsole();
  }
};

void main();
