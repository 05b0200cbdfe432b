import { auditV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeActor } from '../describe-actor';
import { parseInstant } from '../instant-option';
import type { Act, Session } from '../session';

interface HistoryOptions {
  readonly stream: string;
  readonly type: string;
  readonly actor: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** `history`. */
export const addHistoryCommands = (program: Command, act: Act): void => {
  program
    .command('history')
    .description("the organization's events, oldest first")
    .option('--stream <name>', 'only of this stream, e.g. integration-int_…', '')
    .option('--type <type>', 'only of this type, e.g. CredentialRotated', '')
    .option('--actor <id>', 'only by this key, service or `operator`', '')
    .option('--from <time>', 'recorded from this day or time on, e.g. 2026-12-24T18:00:00Z', parseInstant)
    .option('--to <time>', 'recorded before this day or time', parseInstant)
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
        from: options.from,
        to: options.to,
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
