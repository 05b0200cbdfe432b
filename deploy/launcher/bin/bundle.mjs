// Puts what each process of the product runs, and the command line, into one file: Node starts that in half the time it takes to find and read
// the hundreds that it is made of. It is made of the sources as they are.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SWC_OPTIONS = '../../../swc.options.cjs';

/** The launcher itself, the simulator, and everything under services/. */
const processesIn = (root) => [
  'deploy/launcher',
  'deploy/simulator',
  ...readdirSync(join(root, 'services')).map((name) => `services/${name}`),
];

/** Stay where they are: they read files beside them, or are loaded only when the configuration asks for them. */
const READ_FILES = ['grpc-health-check', '@grpc/proto-loader', '@grpc/reflection', 'protobufjs'];
/** Finds its parts in a way that cannot be followed. */
const UNREADABLE = ['@hpke/core'];
const LOADED_ON_DEMAND = [
  '@aws-sdk/client-kms',
  '@eventstore/db-client',
  'gpt-tokenizer',
  'kafkajs',
  'listr2',
  'undici',
];
/** Nest looks for these and does without. */
const ABSENT = [
  '@fastify/static',
  '@fastify/view',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'amqp-connection-manager',
  'amqplib',
  'cache-manager',
  'class-transformer',
  'class-validator',
  'ioredis',
  'mqtt',
  'nats',
  'pg-native',
];

/** What a process loads when it is first needed, or has done by another that ends, in a file of its own: it takes no memory beside that. */
const LOADED_LATER = [
  { process: 'services/console', entry: 'console-app' },
  { process: 'deploy/launcher', entry: 'setup' },
  { process: 'services/gateway', entry: 'gateway-worker' },
];

/**
 * Whose parts are ES modules and call each other directly: by the objects that CommonJS exports a call through the gateway takes a twentieth to a
 * tenth more. Of a service that is mostly idle V8 holds less where each source is a function of its own, ten megabytes of the registry's; of the
 * launcher more.
 */
const DIRECT = ['services/gateway/dist/gateway-worker.bundle', 'deploy/launcher/dist/bundle'];

const laterIn = (root) => LOADED_LATER.filter(({ process }) => existsSync(join(root, process)));

const bundleOf = (root, name) => join(root, name, 'dist', 'bundle.cjs');
const laterBundleOf = (root, { process, entry }) => join(root, process, 'dist', `${entry}.bundle.cjs`);

const bundlesIn = (root) => [
  ...processesIn(root).map((name) => bundleOf(root, name)),
  ...laterIn(root).map((later) => laterBundleOf(root, later)),
];

/** Of what a source becomes part of a bundle. A file that is gone, or came from elsewhere as it was, shows in its directory. */
const sourcesOf = (directory) => [
  ...['package.json', 'tsconfig.json']
    .map((name) => join(directory, name))
    .filter((file) => existsSync(file)),
  ...(existsSync(join(directory, 'src'))
    ? ['', ...readdirSync(join(directory, 'src'), { recursive: true })].map((name) =>
        join(directory, 'src', name),
      )
    : []),
];

/** The latest change of what bundles are made of, this recipe included. */
const newestSource = (root) => {
  const packages = ['deploy', 'libs', 'services'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
  );
  const recipes = [import.meta.url, new URL(SWC_OPTIONS, import.meta.url)].map((url) => fileURLToPath(url));
  const files = [join(root, 'package-lock.json'), ...recipes, ...packages.flatMap(sourcesOf)];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
};

/** Whether there is something that runs, of whatever sources. */
export const hasBundles = (root) => bundlesIn(root).every((path) => existsSync(path));

/** Whether what runs was made of the sources as they are now. */
export const areBundled = (root) => {
  if (!hasBundles(root)) return false;
  const newest = newestSource(root);
  return bundlesIn(root).every((path) => statSync(path).mtimeMs > newest);
};

/** Each of them finds the other's bundle beside its own. */
const loadedLater = {
  name: 'loaded later',
  setup: ({ onResolve }) => {
    for (const { process, entry } of LOADED_LATER)
      onResolve({ filter: new RegExp(`/${entry}\\.js$`) }, ({ importer }) =>
        importer.endsWith(join(process, 'src', 'main.ts'))
          ? { path: `./${entry}.bundle.cjs`, external: true }
          : undefined,
      );
  },
};

/** Where the sources of what a package of ours exports are. */
const sourceOf = (root, path) => {
  const [, name, part] = path.split('/');
  // Through the link, as the compiler and Node go: a source is of one place, whoever imports it.
  const directory = realpathSync(join(root, 'node_modules', '@gatehouse', name));
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const compiled = exports[part === undefined ? '.' : `./${part}`].default;
  return join(directory, compiled.replace('/dist/', '/src/').replace(/\.js$/, '.ts'));
};

/** Of our own packages, sources in place of what the compiler makes of them. */
const sources = (root, transform, module) => ({
  name: 'sources',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@gatehouse\// }, ({ path }) => ({ path: sourceOf(root, path) }));
    const options = { ...createRequire(import.meta.url)(SWC_OPTIONS), module: { type: module } };
    onLoad({ filter: /\.ts$/ }, async ({ path: filename }) => {
      const { code } = await transform(readFileSync(filename, 'utf8'), { ...options, filename });
      return { contents: code, loader: 'js' };
    });
  },
});

const withoutSuffix = (path) => path.replace(/\.cjs$/, '');

const entriesIn = (root) => [
  ...processesIn(root).map((name) => ({
    in: join(root, name, 'src/main.ts'),
    out: withoutSuffix(relative(root, bundleOf(root, name))),
  })),
  ...laterIn(root).map((later) => ({
    in: join(root, later.process, 'src', `${later.entry}.ts`),
    out: withoutSuffix(relative(root, laterBundleOf(root, later))),
  })),
];

const recipe = (root, entryPoints, transform, module) => ({
  entryPoints,
  plugins: [loadedLater, sources(root, transform, module)],
  outExtension: { '.js': '.cjs' },
  outdir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Node keeps what it runs in memory. Names stay, but for those of a few classes of others (`keepNames` would name each function
  // anew whenever it is made, on every call), and lines are short enough to be shown by a stack trace.
  minifyWhitespace: true,
  lineLimit: 200,
  legalComments: 'external',
  write: false,
  // Without one, pg tries what Response can do, for which Node first has to make one (0.1 s).
  define: { navigator: '{ "userAgent": "Node.js" }' },
  external: [...READ_FILES, ...UNREADABLE, ...LOADED_ON_DEMAND, ...ABSENT],
  logLevel: 'error',
});

/** Node keeps a text with a single letter beyond ASCII in two bytes a letter, which would be twice the memory for each process. */
const inAscii = (code) =>
  code.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** @param module as swc has it. Works in a process of its own, which would otherwise live, and hold its memory, as long as the product. */
const write = async (root, entryPoints, module) => {
  const [{ build, stop }, { transform }] = await Promise.all([import('esbuild'), import('@swc/core')]);
  try {
    const { outputFiles } = await build(recipe(root, entryPoints, transform, module));
    for (const { path, text } of outputFiles) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, path.endsWith('.cjs') ? inAscii(text) : text);
    }
  } finally {
    await stop();
  }
};

/** @param sourcesReadAt before they were read: what is changed while we work counts as changed. */
export const bundle = async (root, sourcesReadAt = new Date()) => {
  const moduleOf = ({ out }) => (DIRECT.includes(out) ? 'es6' : 'commonjs');
  for (const module of ['es6', 'commonjs'])
    await write(
      root,
      entriesIn(root).filter((entry) => moduleOf(entry) === module),
      module,
    );
  for (const path of bundlesIn(root)) utimesSync(path, sourcesReadAt, sourcesReadAt);
};

/** Another source, of a package: what is measured of it is what it takes in the product. Answers where its bundle is. */
export const bundleSource = async (root, source) => {
  const out = source.replace('/src/', '/dist/').replace(/\.ts$/, '.bundle');
  await write(root, [{ in: join(root, source), out }], 'es6');
  return join(root, `${out}.cjs`);
};
