// Puts what each process of the product runs, and the command line, into one file: Node starts that in half the time it takes to find and read
// the hundreds that it is made of.
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  const others = ['package-lock.json', 'tsconfig.base.json'].map((name) => join(root, name));
  const files = [...others, fileURLToPath(import.meta.url), ...packages.flatMap(sourcesOf)];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
};

/** Whether what runs was made of the sources as they are now. */
export const areBundled = (root) => {
  const bundles = bundlesIn(root);
  if (!bundles.every((path) => existsSync(path))) return false;
  const newest = newestSource(root);
  return bundles.every((path) => statSync(path).mtimeMs > newest);
};

/** Each of them finds the other's bundle beside its own. */
const loadedLater = {
  name: 'loaded later',
  setup: ({ onResolve }) => {
    for (const { process, entry } of LOADED_LATER)
      onResolve({ filter: new RegExp(`/${entry}\\.js$`) }, ({ importer }) =>
        importer.endsWith(join(process, 'dist', 'main.js'))
          ? { path: `./${entry}.bundle.cjs`, external: true }
          : undefined,
      );
  },
};

const withoutSuffix = (path) => path.replace(/\.cjs$/, '');

const recipe = (root) => ({
  entryPoints: [
    ...processesIn(root).map((name) => ({
      in: join(root, name, 'dist/main.js'),
      out: withoutSuffix(relative(root, bundleOf(root, name))),
    })),
    ...laterIn(root).map((later) => ({
      in: join(root, later.process, 'dist', `${later.entry}.js`),
      out: withoutSuffix(relative(root, laterBundleOf(root, later))),
    })),
  ],
  plugins: [loadedLater],
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

/**
 * @param sourcesReadAt before the compiler read them: what is changed while we work counts as changed.
 *
 * The bundler works in a process of its own, which would otherwise live, and hold its memory, as long as the product.
 */
export const bundle = async (root, sourcesReadAt = new Date()) => {
  const { build, stop } = await import('esbuild');
  try {
    const { outputFiles } = await build(recipe(root));
    for (const { path, text } of outputFiles) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, path.endsWith('.cjs') ? inAscii(text) : text);
    }
  } finally {
    await stop();
  }
  for (const path of bundlesIn(root)) utimesSync(path, sourcesReadAt, sourcesReadAt);
};
