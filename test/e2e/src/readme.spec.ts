import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engines } from './engines';
import { freeGatewayPort, Launch, userEnv } from './launch';
import { runCommand, temporaryDirectory } from './product';
import { ROOT } from './root';

const START_MS = 120_000;
const FENCE = /^```(\w+)(?: (\w+))?\n([\s\S]*?)^```$/gm;

interface Block {
  readonly language: string;
  /** `tour`: run here, in order; `setup`: what a reader fills in; otherwise run by other suites. */
  readonly role: string;
  readonly text: string;
}

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks: Block[] = [...readme.matchAll(FENCE)].map(([, language = '', role = '', text = '']) => ({
  language,
  role,
  text,
}));
const tour = blocks.filter(({ role }) => role === 'tour');

/** Commands outside the tour: `npm start` is what every suite does, the others are what the checks themselves are. */
const RUN_ELSEWHERE = ['npm ci', 'npm start', 'npm test', 'npm run check', '.ci/run'];

describe('README.md', () => {
  it('has nothing but commands that a test runs', () => {
    const fences = readme.match(/^```\w/gm) ?? [];
    expect(fences).toHaveLength(blocks.length);
    for (const { language, role, text } of blocks.filter((block) => block.role !== 'tour')) {
      if (language !== 'sh' && language !== 'js') continue;
      const commands = text.split('\n').map((line) => line.replace(/\s+#.*/, '').trim());
      for (const command of commands.filter((line) => line !== '')) {
        if (role === 'setup') expect(command).toMatch(/^export GATEHOUSE_(ADMIN|API)_KEY=gh_…$/);
        else expect(RUN_ELSEWHERE).toContain(command);
      }
    }
  });

  it(
    'has a tour in which every command works, in order, as written',
    async () => {
      expect(tour.length).toBeGreaterThan(4);
      const checkout = temporaryDirectory();
      mkdirSync(join(checkout, '.gatehouse'));
      symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
      const engines = await Engines.start();
      const port = String(await freeGatewayPort());
      const data = join(checkout, '.gatehouse');
      const launch = Launch.start({ args: ['--json', '--data', data, '--port', port, ...engines.args] });
      try {
        const first = await launch.ready();
        const script = join(checkout, 'tour.sh');
        writeFileSync(script, scriptOf(tour, checkout));
        const out = await runCommand('bash', [script], {
          cwd: checkout,
          env: {
            ...userEnv(),
            GATEHOUSE_ADMIN_KEY: first.adminKey,
            GATEHOUSE_API_KEY: first.apiKey,
            // The one thing that differs from a reader's terminal: the port.
            GATEHOUSE_URL: `${first.gateway}/v1`,
          },
        });
        expect(out).toContain('412 budget_exceeded');
        expect(out).toContain('IntegrationConnected');
        expect(out).not.toContain('any-secret-will-do');
      } finally {
        await launch.interrupt();
        await engines.stop();
        rmSync(checkout, { recursive: true, force: true });
      }
    },
    2 * START_MS,
  );
});

/** One shell for all blocks, so that what one sets the next one has; a block that fails ends it and is named. */
const scriptOf = (parts: readonly Block[], directory: string): string =>
  [
    'set -euo pipefail',
    ...parts.map(({ language, text }, index) => {
      const announce = `echo "--- block ${index + 1} (${language})"; trap 'echo "block ${index + 1} failed" >&2' ERR`;
      if (language !== 'js') return `${announce}\n${text}`;
      const file = join(directory, `block-${index + 1}.mjs`);
      writeFileSync(file, text);
      return `${announce}\nnode ${file}`;
    }),
  ].join('\n');
