import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Product } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { startChromiumOf } from './chromium';

const run = promisify(execFile);

/** 13 wants a newer Node than we do. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const FORMS = { mobile: [], desktop: ['--preset=desktop'] } as const;
/** Of each the median counts. */
const RUNS = 3;
const SCORE_MIN = 95;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

interface Report {
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  readonly audits: Readonly<Record<string, Audit>>;
}

interface Audit {
  readonly title: string;
  readonly score: number | null;
  readonly scoreDisplayMode: string;
  readonly displayValue?: string;
}

const examine = async (url: string, port: number, form: keyof typeof FORMS): Promise<Report> => {
  const { stdout } = await run(
    'npx',
    [
      ...['--yes', LIGHTHOUSE, url, `--port=${port}`, ...FORMS[form], '--output=json', '--quiet'],
      // As it is kept: who is signed in there stays so.
      ...['--disable-storage-reset', '--no-enable-error-reporting'],
      '--only-categories=performance,accessibility,best-practices',
    ],
    { maxBuffer: OUTPUT_BYTES_MAX },
  );
  return JSON.parse(stdout) as Report;
};

const scoreOf = ({ categories }: Report, category: string): number =>
  Math.round((categories[category]?.score ?? 0) * 100);

const median = (reports: readonly Report[]): Report => {
  const sorted = reports.toSorted((a, b) => scoreOf(a, 'performance') - scoreOf(b, 'performance'));
  return sorted[Math.floor(sorted.length / 2)]!;
};

const show = (report: Report, of: string): void => {
  const scores = Object.keys(report.categories).map((category) => `${category} ${scoreOf(report, category)}`);
  const times = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'].map(
    (audit) => `${report.audits[audit]?.title} ${report.audits[audit]?.displayValue}`,
  );
  console.log(`${of}: ${[...scores, ...times].join(', ')}`);
  for (const { title, score, scoreDisplayMode } of Object.values(report.audits))
    if (scoreDisplayMode === 'binary' && score !== null && score < 1) console.log(`  not passed: ${title}`);
};

/** What is on the first page, before and after somebody signs in: `npm run lighthouse`. Fails below 95. */
const main = async (): Promise<void> => {
  const profile = mkdtempSync(join(tmpdir(), 'gatehouse-lighthouse-'));
  const product = await Product.start();
  const browser = await startChromiumOf(profile);
  const failed: string[] = [];
  try {
    const portFile = join(profile, 'DevToolsActivePort');
    await eventually(() => {
      if (!existsSync(portFile)) throw new Error('Chromium does not say where it listens');
    });
    const port = Number(readFileSync(portFile, 'utf8').split('\n')[0]);
    const [first = await browser.newPage()] = browser.pages();
    const devTools = await browser.newCDPSession(first);
    const judge = async (url: string, page: string): Promise<void> => {
      for (const form of Object.keys(FORMS) as (keyof typeof FORMS)[]) {
        const reports: Report[] = [];
        for (let at = 0; at < RUNS; at++) {
          // Lighthouse would forget who is signed in with the files of the run before.
          await devTools.send('Network.clearBrowserCache');
          reports.push(await examine(url, port, form));
        }
        const report = median(reports);
        show(report, `${page}, ${form}`);
        for (const category of ['performance', 'accessibility'])
          if (scoreOf(report, category) < SCORE_MIN) failed.push(`${page}, ${form}: ${category}`);
      }
    };
    const { console: url, adminKey } = product.first;
    await judge(url, 'Sign in');
    await first.goto(url);
    await first.getByLabel('Key').fill(adminKey);
    await first.getByRole('button', { name: 'Sign in', exact: true }).click();
    await first.locator('#content').waitFor();
    await first.goto('about:blank');
    await judge(`${url}/integrations`, 'Integrations');
  } finally {
    await browser.close();
    await product.stop();
    rmSync(profile, { recursive: true, force: true });
  }
  if (failed.length > 0) throw new Error(`below ${SCORE_MIN}: ${failed.join('; ')}`);
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
