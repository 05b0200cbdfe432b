import { AppError } from '@gatehouse/kernel';
import { auditV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeActor } from '../describe-actor';
import type { Act, Session } from '../session';

interface HistoryOptions {
  readonly stream: string;
  readonly type: string;
  readonly actor: string;
  readonly from?: string;
  readonly to?: string;
}

/** `history`. */
export const addHistoryCommands = (program: Command, act: Act): void => {
  program
    .command('history')
    .description("the organization's events, oldest first")
    .option('--stream <name>', 'only of this stream, e.g. integration-int_…', '')
    .option('--type <type>', 'only of this type, e.g. CredentialRotated', '')
    .option('--actor <id>', 'only by this key, service or `operator`', '')
    .option('--from <time>', 'recorded at or after, ISO 8601')
    .option('--to <time>', 'recorded before, ISO 8601')
    .action(act(showHistory));
};

const showHistory = async ({ connection, output }: Session, options: HistoryOptions): Promise<void> => {
  const client = connection.events();
  const events = await allPages(
    (pageToken) =>
      client.listEvents({
        pageSize: 500,
        pageToken,
        stream: options.stream,
        type: options.type,
        actorId: options.actor,
        from: parseTime(options.from),
        to: parseTime(options.to),
        atLeastPosition: '',
      }),
    (page) => page.events,
  );
  output.answer(
    { events: events.map(auditV1.Event.toJSON) },
    ['recorded', 'event', 'stream', 'by', 'reason'],
    events.map((event) => [
      event.recordedAt?.toISOString() ?? '',
      event.type,
      event.stream,
      describeActor(event.actor),
      event.reason,
    ]),
  );
};

const parseTime = (text: string | undefined): Date | undefined => {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new AppError('INVALID', 'TIME_MALFORMED', { metadata: { text } });
  return time;
};
