import { AppError } from '@gatehouse/kernel';
import { enumWords, typeV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { readSecret } from './connection';
import { parseInstant } from './instant-option';
import { byName } from './pairs';

/** How an integration is called, as it stands on a command line. What is absent was not said. */
export interface SettingsOptions {
  readonly credential?: readonly string[];
  readonly field?: readonly string[];
  readonly host?: string;
  readonly local?: boolean;
  readonly api?: string;
  readonly header?: readonly string[];
  readonly modelHost?: readonly string[];
  readonly reference?: readonly string[];
  readonly credentialKind?: string;
}

/** When a credential ceases to be one, as it stands on a command line. */
export interface ExpiryOptions {
  readonly credentialExpires?: string;
}

/** What a server can be said to speak: a language that nobody else has is none of them. */
const APIS: Readonly<Record<string, typeV1.Dialect>> = Object.fromEntries(
  Object.entries(enumWords(typeV1.Dialect)).filter(([, dialect]) => dialect !== typeV1.Dialect.OTHER),
);

const CREDENTIAL_KINDS: Readonly<Record<string, typeV1.CredentialKind>> = enumWords(typeV1.CredentialKind);

/** `aws-assumed-role` for AWS_ASSUMED_ROLE; `unspecified` where none is said, or one that is not known here. */
export const credentialKindName = (kind: typeV1.CredentialKind): string =>
  Object.keys(CREDENTIAL_KINDS).find((name) => CREDENTIAL_KINDS[name] === kind) ?? 'unspecified';

export const withSettingsOptions = (command: Command): Command =>
  command
    .option(
      '--credential <field=file...>',
      'secret fields, read from files; e.g. api_key=key.txt, or api_key=- for standard input',
    )
    .option(
      '--field <name=value...>',
      'fields that are not secret, e.g. region=eu-west-1; see `gatehouse provider`',
    )
    .option(
      '--reference <field=slug...>',
      'secret fields that an outside manager keeps, e.g. api_key=openai-prod#key; see `gatehouse references`',
    )
    .addOption(
      new Option(
        '--credential-kind <kind>',
        'where a provider takes several; see `gatehouse provider`',
      ).choices(Object.keys(CREDENTIAL_KINDS)),
    )
    .option('--host <url>', 'base URL of a self-hosted server, e.g. http://127.0.0.1:8000/v1')
    .option('--local', 'privately hosted, whatever the provider: takes --host, needs no credential')
    .addOption(
      new Option(
        '--api <dialect>',
        'what a local server speaks, where that is not what the provider speaks',
      ).choices(Object.keys(APIS)),
    )
    .option('--header <name=file...>', 'secret headers that a local server wants, read from files')
    .option('--model-host <model=url...>', 'base URLs of models that are somewhere else, of a local server');

export const withExpiryOption = (command: Command): Command =>
  command.option(
    '--credential-expires <time>',
    'when the credential expires, where that is known: an instant or a day, e.g. 2027-01-31',
  );

export const parseExpiry = ({ credentialExpires }: ExpiryOptions) => ({
  credentialExpiresAt: credentialExpires === undefined ? undefined : parseInstant(credentialExpires),
});

/** The settings of a request; what was not said is empty. */
export const parseSettings = (options: SettingsOptions) => ({
  fields: parseFields(options.field ?? []),
  customHost: options.host ?? '',
  local: options.local ?? false,
  api: (options.api !== undefined ? APIS[options.api] : undefined) ?? typeV1.Dialect.UNSPECIFIED,
  modelHosts: parseFields(options.modelHost ?? []),
  credentialKind:
    (options.credentialKind !== undefined ? CREDENTIAL_KINDS[options.credentialKind] : undefined) ??
    typeV1.CredentialKind.UNSPECIFIED,
});

/** The credential of a request, with its headers and what it refers to. */
export const parseSecrets = ({ credential = [], header = [], reference = [] }: SettingsOptions) => ({
  credential: parseFiles(credential),
  headers: parseFiles(header),
  references: parseReferences(reference),
});

/** `field=slug` or `field=slug#member` pairs. */
const parseReferences = (pairs: readonly string[]): { [field: string]: typeV1.SecretUse } =>
  byName(
    pairs.map((pair) => {
      const [, field, slug, member] = /^([^=]+)=([^#]+)(?:#(.*))?$/.exec(pair) ?? [];
      if (field === undefined || slug === undefined) {
        throw new AppError('INVALID', 'REFERENCE_MALFORMED', {
          metadata: { expected: 'field=reference or field=reference#member' },
        });
      }
      return [field, { reference: slug, member: member ?? '' }];
    }),
  );

/** The settings that were said, by the names of an update mask. */
export const saidSettings = (options: SettingsOptions): string[] =>
  Object.entries({
    fields: options.field,
    custom_host: options.host,
    local: options.local,
    api: options.api,
    model_hosts: options.modelHost,
    credential_kind: options.credentialKind,
  }).flatMap(([path, said]) => (said === undefined ? [] : [path]));

/** `name=file` pairs; a secret never stands on the command line, where others could read it. */
const parseFiles = (pairs: readonly string[]): { [name: string]: string } =>
  byName(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new AppError('INVALID', 'CREDENTIAL_MALFORMED', { metadata: { expected: 'field=file' } });
      const name = pair.slice(0, at);
      return [name, readSecret(pair.slice(at + 1), name)];
    }),
  );

/** `name=value` pairs. */
const parseFields = (pairs: readonly string[]): { [name: string]: string } =>
  byName(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new AppError('INVALID', 'FIELD_MALFORMED', { metadata: { expected: 'name=value' } });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
