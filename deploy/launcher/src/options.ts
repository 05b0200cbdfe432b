import { busFault, settingIn, storeFault } from '@gatehouse/config';
import { Command, InvalidArgumentError, Option } from 'commander';
import { PORT_NAMES, type PortName } from './ports';

export interface LauncherOptions {
  readonly dataDir: string;
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
  /** Undefined: what the data directory used before, else `postgres`. */
  readonly store: string | undefined;
  readonly bus: string | undefined;
  readonly json: boolean;
}

interface RawOptions {
  readonly data: string;
  readonly port?: number;
  readonly servicePort: Partial<Record<PortName, number>>;
  readonly store?: string;
  readonly storeFile?: string;
  readonly bus?: string;
  readonly busFile?: string;
  readonly json: boolean;
}

/** Undefined when only help was asked for. Ends the process on a wrong option. */
export const parseOptions = (argv: readonly string[]): LauncherOptions => {
  const parsed = command().parse(argv, { from: 'user' });
  const raw = parsed.opts<RawOptions>();
  // Not while parsing: commander would show the value that it refuses, with its password.
  const refuse = (fault: string): never => parsed.error(`error: ${fault}`);
  return {
    dataDir: raw.data,
    ports: { ...raw.servicePort, ...(raw.port === undefined ? {} : { gateway: raw.port }) },
    store: engineSetting('--store', raw.store, raw.storeFile, storeFault, refuse),
    bus: engineSetting('--bus', raw.bus, raw.busFile, busFault, refuse),
    json: raw.json,
  };
};

const NAMED_PORTS = PORT_NAMES.filter((name) => name !== 'gateway').join(', ');

const command = (): Command =>
  new Command('npm start --')
    .description('Runs the whole product on this machine: Postgres, every service, and a simulated provider.')
    .option('--data <directory>', 'where everything is kept; made when absent', './.gatehouse')
    .option('--port <number>', "the gateway's port (8787, or the one used last)", portOption)
    .option(
      '--service-port <name=number>',
      `another port, for example registry=20001; names: ${NAMED_PORTS}; free ones are chosen and remembered`,
      servicePortOption,
      {},
    )
    .addOption(
      new Option(
        '--store <store>',
        'where events are kept: postgres (default) or esdb://host:port,…; fixed at the first start',
      )
        .env('GATEHOUSE_STORE')
        .conflicts('storeFile'),
    )
    .addOption(
      new Option(
        '--store-file <file>',
        'a file that holds what --store takes: a password in an address is best kept there',
      ).env('GATEHOUSE_STORE_FILE'),
    )
    .addOption(
      new Option(
        '--bus <bus>',
        'what carries messages between services: postgres (default) or kafka://host:port,…',
      )
        .env('GATEHOUSE_BUS')
        .conflicts('busFile'),
    )
    .addOption(
      new Option('--bus-file <file>', 'a file that holds what --bus takes').env('GATEHOUSE_BUS_FILE'),
    )
    .option(
      '--json',
      'print one line of JSON on standard output when everything is ready, and nothing else',
      false,
    )
    .addHelpText(
      'after',
      `
The first start creates an organization, a workspace, an integration with the simulator, a provision with a budget of
1 USD a month, an admin key and a workspace key, and shows the two keys once.

  DIR/logs          one log per process
  DIR/secrets.json  passwords and tokens of this installation (mode 0600)
  DIR/keys          open the stored credentials (mode 0700); without them they are lost`,
    );

const portOption = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('expected a port from 1 to 65535.');
};

const servicePortOption = (
  text: string,
  before: Partial<Record<PortName, number>>,
): Partial<Record<PortName, number>> => {
  const [name = '', ...port] = text.split('=');
  const known = PORT_NAMES.find((candidate) => candidate === name && candidate !== 'gateway');
  if (!known) throw new InvalidArgumentError(`expected one of ${NAMED_PORTS}.`);
  return { ...before, [known]: portOption(port.join('=')) };
};

/** What an engine's option or its file says; undefined where neither is given. */
const engineSetting = (
  option: string,
  given: string | undefined,
  file: string | undefined,
  faultOf: (setting: string) => string | undefined,
  refuse: (fault: string) => never,
): string | undefined => {
  const setting = file === undefined ? given : readSetting(option, file, refuse);
  const fault = setting === undefined ? undefined : faultOf(setting);
  return fault === undefined ? setting : refuse(`${option} ${fault}`);
};

const readSetting = (option: string, file: string, refuse: (fault: string) => never): string => {
  try {
    return settingIn(file);
  } catch {
    return refuse(`${option}-file: ${file} cannot be read`);
  }
};
