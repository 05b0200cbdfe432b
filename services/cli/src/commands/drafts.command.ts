import { registryV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import type { Output } from '../output';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';
import {
  credentialKindName,
  parseSecrets,
  parseSettings,
  type SettingsOptions,
  withSettingsOptions,
} from '../settings-options';
import { listLiveModels, testConnection } from './connection-tests';

type CreateOptions = ChangeOptions & SettingsOptions & { readonly provider: string };

/** `draft create`, `draft list`, `draft show`, `draft test`, `draft models`, `draft delete`. */
export const addDraftCommands = (program: Command, act: Act): void => {
  const draft = program
    .command('draft')
    .description('sealed credentials that are no integration yet: they can be tried, and expire after a day');
  withSettingsOptions(
    withChangeOptions(
      draft
        .command('create')
        .description('seal a credential; `connect --draft ID` makes an integration of it')
        .requiredOption('--provider <provider>', 'see `gatehouse providers`'),
    ),
  ).action(act(create));
  draft.command('list').description('list the drafts').action(act(list));
  draft.command('show').description('show a draft').argument('<draft-id>').action(act(show));
  draft
    .command('test')
    .description('try the credential')
    .argument('<draft-id>')
    .action(
      act((session: Session, _options: object, draftId: string) => testConnection(session, { draftId })),
    );
  draft
    .command('models')
    .description('list what the provider lists now')
    .argument('<draft-id>')
    .action(
      act((session: Session, _options: object, draftId: string) => listLiveModels(session, { draftId })),
    );
  withChangeOptions(
    draft.command('delete').description('destroy the credential').argument('<draft-id>'),
  ).action(act(remove));
};

const create = async ({ connection, output }: Session, options: CreateOptions): Promise<void> => {
  const created = await connection.drafts().createDraft({
    requestId: options.requestId,
    reason: options.reason,
    provider: options.provider,
    ...parseSecrets(options),
    ...parseSettings(options),
  });
  tell(output, registryV1.CreateDraftResponse.toJSON(created), [created.draft]);
};

const list = async ({ connection, output }: Session): Promise<void> => {
  const listed = await connection.drafts().listDrafts({});
  tell(output, { drafts: listed.drafts.map(registryV1.Draft.toJSON) }, listed.drafts);
};

const show = async ({ connection, output }: Session, _options: object, draftId: string): Promise<void> => {
  const shown = await connection.drafts().getDraft({ draftId });
  tell(output, registryV1.GetDraftResponse.toJSON(shown), [shown.draft]);
};

const remove = async (
  { connection, output }: Session,
  { requestId, reason }: ChangeOptions,
  draftId: string,
): Promise<void> => {
  const response = await connection.drafts().deleteDraft({ requestId, reason, draftId });
  output.answer(registryV1.DeleteDraftResponse.toJSON(response), ['deleted'], [[draftId]]);
};

const tell = (output: Output, json: unknown, drafts: readonly (registryV1.Draft | undefined)[]): void =>
  output.answer(
    json,
    ['draft', 'provider', 'kind', 'base URL', 'credential', 'external id', 'expires'],
    drafts.flatMap((draft) =>
      draft
        ? [
            [
              draft.id,
              draft.provider,
              credentialKindName(draft.credentialKind),
              draft.baseUrl,
              draft.credentialFingerprint,
              draft.externalId,
              draft.expiresAt?.toISOString() ?? '',
            ],
          ]
        : [],
    ),
  );
