import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Book } from './core/book';
import { parsePrice } from './core/price';
import { SERVER_OPTIONS, simulatorListener } from './server';

interface Options {
  readonly listen: { host: string; port: number };
  readonly data: string;
  readonly inputPrice: bigint;
  readonly outputPrice: bigint;
}

const listenOption = (text: string): { host: string; port: number } => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new InvalidArgumentError('expected HOST:PORT.');
  return { host: match[1] ?? match[2] ?? '', port };
};

const priceOption = (text: string): bigint => {
  const price = parsePrice(text);
  if (price === undefined) throw new InvalidArgumentError('expected dollars with at most nine decimals.');
  return price;
};

const pricing = (flags: string, description: string, usd: string): Option =>
  new Option(flags, description).argParser(priceOption).default(priceOption(usd), usd);

const options = new Command('gatehouse-simulator')
  .description('An upstream that speaks the formats of several providers and keeps a book of what it billed.')
  .requiredOption('--listen <host:port>', 'where to listen; port 0 takes a free one', listenOption)
  .requiredOption('--data <directory>', 'where the book is kept')
  .addOption(pricing('--input-price <usd>', 'dollars per million prompt tokens', '0.50'))
  .addOption(pricing('--output-price <usd>', 'dollars per million completion tokens', '2.00'))
  .parse()
  .opts<Options>();

const fail = (error: Error): never => {
  process.stderr.write(`simulator: ${error.message}\n`);
  process.exit(1);
};

/** Streams are cut and billed for what they wrote; `close` has it in the file before the process is gone. */
const stopOnSignal = (book: Book): void => {
  const stop = (): void => {
    book.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
};

const server = createServer(SERVER_OPTIONS);
server.on('error', fail);
server.listen(options.listen, () => {
  try {
    // Only now: a second simulator on the same address must not touch the first one's book.
    const book = Book.load(options.data, { input: options.inputPrice, output: options.outputPrice });
    server.on('request', simulatorListener(book));
    stopOnSignal(book);
  } catch (error) {
    fail(error as Error);
  }
  const { address, family, port } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  process.stdout.write(`${JSON.stringify({ listening: `http://${host}:${port}` })}\n`);
});
