import { EventStoreDbTestServer } from '@gatehouse/event-store-eventstoredb/testing';
import { Command, InvalidArgumentError } from 'commander';

interface Options {
  readonly listen: { readonly host: string; readonly port: number };
}

const listenOption = (text: string): Options['listen'] => {
  const match = /^([^:]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) throw new InvalidArgumentError('expected HOST:PORT.');
  return { host: match[1] ?? '', port };
};

const { listen } = new Command('eventstoredb-test-server')
  .description(
    'The public Streams service of an EventStoreDB, in memory, for tests. Nothing outlives the process.',
  )
  .requiredOption('--listen <host:port>', 'where to listen; port 0 takes a free one', listenOption)
  .parse()
  .opts<Options>();

EventStoreDbTestServer.start(listen).then(
  (server) => {
    const stop = (): void => {
      server.die();
      process.exit(0);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.stdout.write(`${JSON.stringify({ listening: server.connectionString })}\n`);
  },
  (error: Error) => {
    process.stderr.write(`eventstoredb-test-server: ${error.message}\n`);
    process.exit(1);
  },
);
