import { AppError } from '@gatehouse/kernel';
import { CONTROL_SERVICE_NAMES } from '@gatehouse/topology';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addAccessCommands } from './commands/access.command';
import { addApprovalCommands } from './commands/approvals.command';
import { addAutoProvisionCommand } from './commands/auto-provision.command';
import { addBookCommands } from './commands/books.command';
import { addBudgetCommands } from './commands/budgets.command';
import { addBulkCommand } from './commands/bulk.command';
import { addDeploymentCommands } from './commands/deployments.command';
import { addHistoryCommands } from './commands/history.command';
import { addDraftCommands } from './commands/drafts.command';
import { addIntegrationCommands } from './commands/integrations.command';
import { addKeyCommands } from './commands/keys.command';
import { addMemberCommands } from './commands/members.command';
import { addModelCommands } from './commands/models.command';
import { addPreviewCommands } from './commands/preview.command';
import { addPricesCommand } from './commands/prices.command';
import { addJournalCommands } from './commands/journals.command';
import { addProjectionCommands } from './commands/projections.command';
import { addProvisionCommands } from './commands/provisions.command';
import { addReferenceCommands } from './commands/references.command';
import { addSignInCommand } from './commands/sign-in.command';
import { addUsageCommands } from './commands/usage.command';
import { addWebhookCommands } from './commands/webhooks.command';
import { addWorkspaceCommands } from './commands/workspaces.command';
import { Connection, type ConnectionOptions } from './connection';
import { Names } from './names';
import { Output } from './output';
import type { Act } from './session';

interface Streams {
  readonly env: NodeJS.ProcessEnv;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface GlobalOptions extends ConnectionOptions {
  readonly json?: boolean;
}

const USAGE_EXIT_CODE = 2;

/** Runs the `gatehouse` command. Exit code 0, 1 for a refusal, 2 for a command line it does not understand. */
export const runProgram = async (streams: Streams, args: readonly string[]): Promise<void> => {
  const program = createProgram(streams);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
      return;
    }
    if (!(error instanceof AppError)) throw error;
    const { json = false } = program.opts<GlobalOptions>();
    streams.err(new Output(json, streams.out).refusal(error));
    process.exitCode = 1;
  }
};

/** The `gatehouse` command, which is not run yet. */
export const createProgram = ({ env, out, err }: Streams): Command => {
  const program = new Command('gatehouse')
    .description('Drives a Gatehouse installation over its gRPC APIs')
    .option('--json', 'print answers as JSON')
    .option('--data <dir>', 'data directory of a local installation, for its addresses', '.gatehouse')
    .option('--key-file <file>', 'file with the admin key (else GATEHOUSE_ADMIN_KEY; `-` is standard input)')
    .option('--operator-token-file <file>', "file with the operator's token (else the data directory's own)")
    .option(
      '--ca-file <file>',
      'speak TLS, and believe services of this CA only (else GATEHOUSE_TLS_CA_FILE)',
    )
    .option('--certificate-file <file>', 'certificate to show over TLS (else GATEHOUSE_TLS_CERT_FILE)')
    .option('--certificate-key-file <file>', "the certificate's private key (else GATEHOUSE_TLS_KEY_FILE)")
    .exitOverride()
    .configureOutput({ writeErr: (text) => err(text.trimEnd()), writeOut: (text) => out(text.trimEnd()) });
  for (const name of CONTROL_SERVICE_NAMES)
    program.option(`--${name} <host:port>`, `address of ${name}`, parseAddress);
  const act: Act =
    (action) =>
    async (...input) => {
      const command = input.at(-1) as Command;
      assertAction(command);
      const globals = command.optsWithGlobals<GlobalOptions>();
      const output = new Output(globals.json ?? false, out);
      const connection = new Connection(globals, env);
      try {
        await action({ connection, output }, command.opts() as never, ...(command.args as never)).finally(
          () => output.show(new Names(connection)),
        );
      } finally {
        connection.close();
      }
    };
  addIntegrationCommands(program, act);
  addReferenceCommands(program, act);
  addDraftCommands(program, act);
  addDeploymentCommands(program, act);
  addModelCommands(program, act);
  addWorkspaceCommands(program, act);
  addProvisionCommands(program, act);
  addBulkCommand(program, act);
  addAutoProvisionCommand(program, act);
  addApprovalCommands(program, act);
  addPreviewCommands(program, act);
  addMemberCommands(program, act);
  addAccessCommands(program, act);
  addKeyCommands(program, act);
  addSignInCommand(program, act);
  addUsageCommands(program, act);
  addWebhookCommands(program, act);
  addBudgetCommands(program, act);
  addPricesCommand(program, act);
  addHistoryCommands(program, act);
  addJournalCommands(program, act);
  addBookCommands(program, act);
  addProjectionCommands(program, act);
  return program;
};

const parseAddress = (text: string): string => {
  if (/^(\[[\da-f:]+\]|[^:/\s]+):\d{1,5}$/i.test(text)) return text;
  throw new InvalidArgumentError('Expected host:port.');
};

/** By which is chosen what a command with actions lists. */
const LISTING: ReadonlySet<string> = new Set(['search', 'inWorkspace']);

/** INVALID `ACTION_MISSING` for options of an action where none is named: what is would be shown, as if they had changed it. */
const assertAction = (command: Command): void => {
  const at = command.registeredArguments.findIndex((argument) => argument.name() === 'action');
  if (at < 0 || command.args.length > at) return;
  const said = command.options.filter((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === 'cli' && !LISTING.has(name);
  });
  if (said.length === 0) return;
  const known = command.registeredArguments[at]?.description ?? '';
  const metadata = { without: said.map(({ long }) => long).join(', '), known };
  throw new AppError('INVALID', 'ACTION_MISSING', { metadata });
};
