import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory of the monorepo: the nearest one above `from` whose package.json has workspaces. */
export const workspaceRoot = (from: string = __dirname): string => {
  const manifest = join(from, 'package.json');
  if (existsSync(manifest) && 'workspaces' in (JSON.parse(readFileSync(manifest, 'utf8')) as object))
    return from;
  if (dirname(from) === from) throw new Error('not inside the Gatehouse workspace');
  return workspaceRoot(dirname(from));
};
