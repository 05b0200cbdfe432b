import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const BUILT = join(__dirname, '../../../services/console/web/dist');
/** What a browser fetches before it shows anything. */
const FIRST_LOAD_MAX = 200_000;

const read = (name: string): string => readFileSync(join(BUILT, name), 'utf8');

/** What index.html asks for, and what that asks for in turn without being told to wait. */
const firstLoad = (): string[] => {
  const found = new Set<string>();
  const follow = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    if (!name.endsWith('.js')) return;
    for (const [, from] of read(name).matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g))
      follow(`assets/${from}`);
  };
  for (const [, asked] of read('index.html').matchAll(/(?:src|href)="\/([^"]+)"/g)) follow(asked ?? '');
  return [...found];
};

describe('the built page', () => {
  it('loads at most 200 kB, compressed, before it shows anything', () => {
    const files = ['index.html', ...firstLoad()];
    expect(files.filter((name) => name.endsWith('.js')).length).toBeGreaterThan(0);
    const size = files.reduce((sum, name) => sum + readFileSync(join(BUILT, `${name}.gz`)).length, 0);
    expect(size).toBeGreaterThan(20_000);
    expect(size).toBeLessThanOrEqual(FIRST_LOAD_MAX);
  });

  it('loads no chart before one is shown', () => {
    for (const name of firstLoad()) expect(read(name)).not.toMatch(/u-?plot/i);
  });

  it('has nothing inline, which its policy would not let run', () => {
    const html = read('index.html');
    expect(html.match(/<script\b(?![^>]*\bsrc=)/g)).toBeNull();
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });

  it('asks nobody else for anything', () => {
    const html = read('index.html');
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    for (const name of readdirSync(join(BUILT, 'assets')).filter((file) => file.endsWith('.css')))
      expect(read(`assets/${name}`)).not.toMatch(/url\(|@import/);
  });

  it('is there in both compressions, of the same content', () => {
    for (const name of firstLoad()) {
      expect(existsSync(join(BUILT, `${name}.br`))).toBe(true);
      expect(
        gunzipSync(readFileSync(join(BUILT, `${name}.gz`))).equals(readFileSync(join(BUILT, name))),
      ).toBe(true);
    }
  });
});
