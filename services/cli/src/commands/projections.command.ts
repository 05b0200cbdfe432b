import { AppError } from '@gatehouse/kernel';
import { CONTROL_SERVICE_NAMES, type ControlServiceName } from '@gatehouse/topology';
import type { Command } from 'commander';
import type { Act, Session } from '../session';

/** `projections list`, `projections rebuild`, `projections replay`: for the operator. */
export const addProjectionCommands = (program: Command, act: Act): void => {
  const projections = program
    .command('projections')
    .description("the services' projections, for the operator");
  projections
    .command('list', { isDefault: true })
    .description('list the projections, and what else is taken off the bus, with their dead letters')
    .action(act(list));
  projections
    .command('rebuild')
    .description('build a projection anew beside the live one, and swap')
    .argument('<service/name>', 'e.g. provisioning/directory')
    .action(act(rebuild));
  projections
    .command('replay')
    .description('try the dead letters of one of the list again')
    .argument('<service/name>')
    .action(act(replay));
};

/** A rebuild may take its time; a list tells within the usual whether a service is there. */
const LONG = { deadlineMs: 3_600_000 };

const list = async ({ connection, output }: Session): Promise<void> => {
  const found = await Promise.all(
    CONTROL_SERVICE_NAMES.map(async (service) => {
      const { projections, inboxes } = await connection.projections(service).listProjections({});
      return [...projections, ...inboxes].map(({ name, deadLetters }) => ({
        name: `${service}/${name}`,
        deadLetters,
      }));
    }),
  );
  const projections = found
    .flat()
    .map(({ name, deadLetters }) => ({ name, deadLetters: deadLetters.toString() }));
  const rows = projections.map(({ name, deadLetters }) => [name, deadLetters]);
  output.answer({ projections }, ['projection', 'dead letters'], rows);
};

const rebuild = async ({ connection, output }: Session, _options: object, name: string): Promise<void> => {
  const { peer, projection } = parseName(name);
  const { events } = await connection.projections(peer).rebuildProjection({ name: projection }, LONG);
  output.answer({ name, events: events.toString() }, ['rebuilt', 'events'], [[name, events.toString()]]);
};

const replay = async ({ connection, output }: Session, _options: object, name: string): Promise<void> => {
  const { peer, projection } = parseName(name);
  const { replayed, failed } = await connection
    .projections(peer)
    .replayDeadLetters({ name: projection }, LONG);
  const counts = { replayed: replayed.toString(), failed: failed.toString() };
  output.answer(
    { name, ...counts },
    ['projection', 'replayed', 'failed'],
    [[name, counts.replayed, counts.failed]],
  );
};

const parseName = (text: string): { readonly peer: ControlServiceName; readonly projection: string } => {
  const [service = '', projection = ''] = text.split('/', 2);
  const peer = CONTROL_SERVICE_NAMES.find((candidate) => candidate === service);
  if (!peer || !projection) {
    throw new AppError('INVALID', 'PROJECTION_NAME_MALFORMED', { metadata: { expected: 'service/name' } });
  }
  return { peer, projection };
};
