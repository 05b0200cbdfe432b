import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const services = readdirSync(new URL('./services', import.meta.url));

/** House rules for every source file; each message gives its reason. */
const houseRules = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name what you export: `export *` hides what a library promises.',
  },
  {
    selector: "CallExpression[callee.name='Number'][arguments.0.property.name=/[nN]ano[A-Z]/]",
    message: 'No float touches money: keep nano-USD in bigint.',
  },
  {
    selector: "CallExpression[callee.name='parseFloat']",
    message: 'No float touches money or prices: parse decimals into bigint.',
  },
];

const unnamedColumns = '/INSERT INTO [a-z_.]+( AS [a-z_]+)?\\s+(VALUES|SELECT)/';

/** An insert into "whatever columns there are" means something else after a change of the table. */
const namedColumns = ['Literal[value', 'TemplateElement[value.raw'].map((part) => ({
  selector: `${part}=${unnamedColumns}]`,
  message: 'Name the columns of an INSERT.',
}));

/** Read past the table, an older version of an event would be taken for the newest. */
const eventsByTheTable = {
  selector: "CallExpression[callee.object.object.name='eventsV1'][callee.property.name=/JSON$/]",
  message: 'Stored events are read and written by the table of libs/events, which upcasts them.',
};

/** What would make a decision depend on more than its arguments. */
const purity = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time arrives as data: a decision must replay.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time arrives as data: a decision must replay.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Randomness arrives as data: a decision must replay.',
  },
  {
    selector: 'CallExpression[callee.property.name=/^random(UUID|Bytes)$/]',
    message: 'Ids arrive as data: a decision must replay.',
  },
  {
    selector: 'CallExpression[callee.name=/^random(UUID|Bytes)$/]',
    message: 'Ids arrive as data: a decision must replay.',
  },
  {
    selector:
      "FunctionDeclaration[id.name='evolve'] SwitchCase[test=null], Property[key.name='evolve'] SwitchCase[test=null], VariableDeclarator[id.name=/^evolve/] SwitchCase[test=null]",
    message: 'evolve has no default: a new event must fail to compile until every state knows it.',
  },
];

/** Whoever looks for what the application needs of the world finds it under one kind of name. */
const portsInTheirFiles = {
  selector: 'ClassDeclaration[abstract=true]',
  message: 'A port is an abstract class in a *.ports.ts of the application.',
};

const beyondTheApplication =
  'The application speaks of the domain and of ports: say in a *.ports.ts what is needed, and let an adapter speak protobuf, SQL or HTTP.';

/** Libraries of adapters that ports and their types come from as well. */
const portsOf = (name, allowImportNames) => ({ name, allowImportNames, message: beyondTheApplication });

/** A second opinion of where a host leads would soon be another opinion. */
const judgedElsewhere = ['node:dns', 'node:dns/promises', 'ipaddr.js'].map((name) => ({
  name,
  message: 'Where a host leads is judged in libs/hosts.',
}));
const calledElsewhere = {
  name: 'undici',
  message: "Providers are called from the gateway's adapters/upstream, whose sockets are guarded.",
};

const textOf = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const catalog = './services/registry/src/catalog/';

/** The catalog's providers, and the languages that they speak. */
const providers = new Set([
  ...readdirSync(new URL(catalog, import.meta.url))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .flatMap((file) => [
      ...textOf(catalog + file).matchAll(
        /\b(?:vendor|server)\(\s*'([a-z0-9-]+)'|^ {2}name: '([a-z0-9-]+)',\n {2}displayName/gm,
      ),
    ])
    .map(([, row, alone]) => row ?? alone),
  ...[...textOf('./libs/offering/src/dialects.ts').matchAll(/^ {2}'?([a-z-]+)'?: \{/gm)].map(
    ([, name]) => name,
  ),
]);
providers.delete('other');

/** Where of the gateway's domain a file is that knows a wire; the table of each place counts to it. */
const wirePlaceOf = (file) =>
  /\/gateway\/src\/domain\/(surfaces|dialects|passages)(?:\/|\.ts$)/.exec(file)?.[1];

/** A surface knows no dialect and a dialect no surface; whoever is neither knows of all three what they have in common. */
const wiresApart = {
  meta: { schema: [] },
  create: (context) => ({
    ImportDeclaration: (node) => {
      if (!node.source.value.startsWith('.')) return;
      const target = `${resolve(dirname(context.filename), node.source.value)}.ts`;
      const [from, to] = [wirePlaceOf(context.filename), wirePlaceOf(target)];
      if (to === undefined || from === to || from === 'passages') return;
      const common = /\/(surface|dialect|passage|surfaces|passages)\.ts$/.test(target);
      if (from === undefined && common) return;
      if (from === undefined)
        context.report({ node, message: 'Wires are known to surfaces, dialects and passages alone.' });
      else
        context.report({ node, message: `What is in ${from} knows nothing of ${to}: a passage joins them.` });
    },
  }),
};

/** The files beside it that a file imports, if only for their types. */
const besideOf = new Map();
const importsOf = (file) => {
  if (!besideOf.has(file)) {
    const beside = [
      ...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;'"]*\bfrom '(\.[^']*)';/gm),
    ];
    const found = beside.map(([, path]) =>
      ['.ts', '.tsx', '/index.ts'].map((end) => resolve(dirname(file), path) + end).find(existsSync),
    );
    besideOf.set(file, new Set(found.filter((path) => path !== undefined)));
  }
  return besideOf.get(file);
};
const leadsTo = (from, file, seen = new Set()) =>
  from === file ||
  (!seen.has(from) && seen.add(from) && [...importsOf(from)].some((next) => leadsTo(next, file, seen)));

/** Whoever reads one of a circle has to read all of it at once. */
const noCircles = {
  meta: { schema: [] },
  create: (context) => ({
    Program: (node) => {
      for (const beside of importsOf(context.filename)) {
        if (!leadsTo(beside, context.filename)) continue;
        const message = `This file and ${relative(import.meta.dirname, beside)} import each other, or others between them do: what both need is a file of its own.`;
        context.report({ node, message });
      }
    },
  }),
};

/** A provider, or a language, that is named in code is a fact that a table does not have. */
const noProviderNames = {
  meta: { schema: [] },
  create: (context) => {
    const message =
      "No provider and no dialect is named here: what is peculiar to it is data of its row in the catalog, of libs/offering's dialects, or code of the gateway's dialects.";
    const isProvider = (node) => /(^|\.)provider(Name)?$/.test(context.sourceCode.getText(node));
    return {
      Literal: (node) => {
        if (providers.has(node.value)) context.report({ node, message });
      },
      TemplateElement: (node) => {
        if (providers.has(node.value.cooked)) context.report({ node, message });
      },
      'Property > Identifier.key': (node) => {
        if (!node.parent.computed && providers.has(node.name)) context.report({ node, message });
      },
      'MemberExpression[object.property.name="Dialect"]': (node) => {
        if (providers.has(node.property.name?.toLowerCase().replaceAll('_', '-')))
          context.report({ node, message });
      },
      BinaryExpression: (node) => {
        const named = [node.left, node.right].some(({ value }) => typeof value === 'string' && value !== '');
        if (named && (isProvider(node.left) || isProvider(node.right))) context.report({ node, message });
      },
    };
  },
};

/** What the page must not do with what is typed into it, or with what others have named. */
const pageRules = [
  {
    selector:
      ':matches(Identifier, MemberExpression > Identifier.property)[name=/^(localStorage|sessionStorage|indexedDB|caches)$/]',
    message: 'The page keeps nothing in the browser but the colours that were chosen (shell/scheme.ts).',
  },
  {
    selector:
      "JSXAttribute[name.name='dangerouslySetInnerHTML'], MemberExpression[property.name=/^(inner|outer)HTML$/]",
    message: 'Names and reasons are text, never markup.',
  },
];

const lines = (max) => ['error', { max, skipBlankLines: true, skipComments: true }];

export default tseslint.config(
  { ignores: ['**/dist', '**/gen', '**/*.cjs', '**/*.mjs', '**/coverage', '.nx', '.gatehouse'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx, circles: { rules: { 'no-circles': noCircles } } },
    languageOptions: {
      parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...houseRules],
      'max-lines-per-function': lines(70),
      'no-console': ['error'],
      'circles/no-circles': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [
            {
              sourceTag: 'type:kernel',
              onlyDependOnLibsWithTags: [],
              bannedExternalImports: ['@nestjs/*', 'pg', 'kafkajs', '@grpc/*'],
            },
            { sourceTag: 'type:proto', onlyDependOnLibsWithTags: [] },
            {
              sourceTag: 'type:port',
              onlyDependOnLibsWithTags: ['type:kernel', 'type:port'],
              bannedExternalImports: ['@nestjs/*', 'pg', 'kafkajs', '@grpc/*'],
            },
            {
              sourceTag: 'type:adapter',
              onlyDependOnLibsWithTags: ['type:kernel', 'type:port', 'type:adapter', 'type:proto'],
            },
            {
              sourceTag: 'type:service',
              onlyDependOnLibsWithTags: ['type:kernel', 'type:port', 'type:adapter', 'type:proto'],
            },
            {
              sourceTag: 'type:tool',
              onlyDependOnLibsWithTags: [
                'type:kernel',
                'type:port',
                'type:adapter',
                'type:proto',
                'type:tool',
              ],
            },
            {
              sourceTag: 'type:e2e',
              onlyDependOnLibsWithTags: [
                'type:kernel',
                'type:port',
                'type:adapter',
                'type:proto',
                'type:tool',
                'type:e2e',
              ],
            },
            // Whose package exports nothing but types to it.
            { sourceTag: 'type:page', onlyDependOnLibsWithTags: ['type:service'] },
            ...services.map((name) => ({
              sourceTag: `scope:${name}`,
              onlyDependOnLibsWithTags: ['scope:shared', `scope:${name}`],
            })),
          ],
        },
      ],
    },
  },
  {
    files: ['{libs,services}/*/src/**/*.ts'],
    ignores: ['libs/hosts/**', '**/*.spec.ts', '**/testing/**'],
    rules: { 'no-restricted-imports': ['error', { paths: [...judgedElsewhere, calledElsewhere] }] },
  },
  {
    // The second calls none but the issuers of tokens, at places that are constants: instance metadata among them, which
    // the guard refuses.
    files: [
      'services/gateway/src/adapters/upstream/**/*.ts',
      'libs/provider-auth/src/tokens/undici-token-transport.ts',
    ],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: judgedElsewhere }] },
  },
  {
    files: ['services/*/src/app/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'max-lines-per-function': lines(40),
      'no-restricted-imports': [
        'error',
        {
          paths: [
            portsOf('@gatehouse/platform', ['Projections', 'RecurringLook', 'ServiceLog']),
            portsOf('@gatehouse/provider-auth', ['CredentialKind', 'CredentialUse', 'headersIn']),
            portsOf('@gatehouse/sealing', [
              'CredentialFields',
              'CredentialSealer',
              'Destruction',
              'IntegrationKey',
              'originsOf',
              'SealedCredential',
              'withNamedSecrets',
              'WrappedDataKey',
            ]),
          ],
          patterns: [
            {
              regex:
                '^(?!\\.{1,2}/|@gatehouse/(kernel|approval|contents|event-store|hosts|leases|offering|platform|provider-auth|sealing)$|@nestjs/(common|cqrs)$|node:(timers/promises|zlib)$)',
              message: beyondTheApplication,
            },
            { regex: '(^|/)(adapters|catalog|testing)/', message: beyondTheApplication },
          ],
        },
      ],
    },
  },
  {
    files: ['services/*/src/domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'max-lines-per-function': lines(40),
      'no-restricted-syntax': ['error', ...houseRules, ...purity, portsInTheirFiles],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\.{1,2}/|@gatehouse/(kernel|leases|offering)$)',
              message: 'An aggregate imports the domain, the kernel and pure libs, nothing else.',
            },
            { regex: '(^|/)(app|adapters)/', message: 'The domain knows neither application nor adapters.' },
          ],
        },
      ],
    },
  },
  {
    files: ['services/gateway/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    plugins: { gatehouse: { rules: { 'wires-apart': wiresApart } } },
    rules: { 'gatehouse/wires-apart': 'error' },
  },
  {
    files: ['{libs,services}/*/src/**/*.ts'],
    ignores: [
      '**/*.spec.ts',
      '**/testing/**',
      'libs/proto-gen/src/gen/**',
      // Who issues tokens is called as one who serves models.
      'libs/provider-auth/src/{auth-errors,google/*}.ts',
      'libs/offering/src/dialects.ts',
      'services/registry/src/catalog/**',
      'services/gateway/src/domain/dialects/**',
      'services/gateway/src/domain/passages.ts',
    ],
    plugins: { names: { rules: { 'no-provider-names': noProviderNames } } },
    rules: { 'names/no-provider-names': 'error' },
  },
  {
    files: ['libs/kernel/src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'libs/kernel/src/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', ...houseRules, ...purity] },
  },
  {
    files: ['libs/proto-gen/src/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['{libs,services}/*/src/**/*.ts'],
    ignores: [
      '**/*.spec.ts',
      '**/testing/**',
      'services/*/src/domain/**',
      'libs/proto-gen/**',
      'libs/kernel/**',
    ],
    rules: { 'no-restricted-syntax': ['error', ...houseRules, ...namedColumns, eventsByTheTable] },
  },
  {
    files: ['services/*/src/app/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.ports.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...houseRules, ...namedColumns, eventsByTheTable, portsInTheirFiles],
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts', 'test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['services/console/web/src/**/*.{ts,tsx}'],
    languageOptions: {
      parserOptions: {
        project: './services/console/web/tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: { 'no-restricted-syntax': ['error', ...houseRules, ...pageRules] },
  },
  {
    files: ['services/console/web/src/shell/scheme.ts'],
    rules: { 'no-restricted-syntax': ['error', ...houseRules] },
  },
  {
    files: ['deploy/**/*.ts', 'services/cli/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
