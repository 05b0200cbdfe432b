import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SCOPE = '@gatehouse';

/** Where the code of this process is, which is its workers' too: its program, what is loaded before that, packages, and ours among them by what they are links to. */
export const workerCode = (): readonly string[] => {
  const packages = (require.resolve.paths(SCOPE) ?? []).filter((directory) => existsSync(directory));
  const preloaded = process.execArgv.flatMap((flag, at) =>
    flag === '--require' ? (process.execArgv[at + 1] ?? []) : [],
  );
  return [dirname(process.argv[1] ?? ''), ...preloaded, ...packages, ...packages.flatMap(linkedIn)];
};

/** Where the links to our packages lead. An image keeps some to what it left out: those lead nowhere. */
export const linkedIn = (packages: string): readonly string[] => {
  const ours = join(packages, SCOPE);
  if (!existsSync(ours)) return [];
  const links = readdirSync(ours).map((name) => join(ours, name));
  return links.filter((link) => existsSync(link)).map((link) => realpathSync(link));
};
