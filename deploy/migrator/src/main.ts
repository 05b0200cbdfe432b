import { settingFrom } from '@gatehouse/config';
import {
  databasePasswordVariable,
  forEachName,
  kafkaPasswordVariable,
  SERVICE_NAMES,
  type ServiceName,
} from '@gatehouse/topology';
import { Command, Option } from 'commander';
import { migrate } from './migrate';
import { migrateKafka, type MigrateKafkaOptions } from './migrate-kafka';

const program = new Command('migrator')
  .description(
    'Brings a database, and a Kafka, to the present: login roles and users, migrations, topics, rights.',
  )
  // Not by a default, which the help would show, with its password.
  .addOption(
    new Option('--database-url <url>', 'connection string of the owner')
      .env('GATEHOUSE_OWNER_DATABASE_URL')
      .makeOptionMandatory(),
  )
  .addHelpText(
    'after',
    `\nThe roles' passwords come from ${SERVICE_NAMES.map(databasePasswordVariable).join(', ')}.` +
      '\nA Kafka is what GATEHOUSE_BUS names; README.md has its settings.',
  )
  .action(async ({ databaseUrl }: { databaseUrl: string }) => {
    const passwords = passwordsFrom(process.env, databasePasswordVariable);
    const kafka = kafkaFrom(process.env);
    const applied = await migrate({ databaseUrl, passwords });
    for (const name of applied) console.log(name);
    console.log(applied.length === 0 ? 'nothing to do' : `${applied.length} applied`);
    if (!kafka) return;
    await migrateKafka(kafka);
    console.log(kafka.passwords ? 'topics, users and rights at Kafka' : 'topics at Kafka');
  });

const passwordsFrom = (
  env: NodeJS.ProcessEnv,
  variableOf: (name: ServiceName) => string,
): Readonly<Record<ServiceName, string>> => {
  const passwords = forEachName(SERVICE_NAMES, (name) => settingFrom(env, variableOf(name)) ?? '');
  const missing = SERVICE_NAMES.filter((name) => passwords[name] === '').map(variableOf);
  if (missing.length > 0) throw new Error(`not set: ${missing.join(', ')}`);
  return passwords;
};

/** Undefined where the bus is Postgres. Without certificates the broker is one that asks nobody who they are. */
const kafkaFrom = (env: NodeJS.ProcessEnv): MigrateKafkaOptions | undefined => {
  const bus = settingFrom(env, 'GATEHOUSE_BUS') ?? 'postgres';
  if (bus === 'postgres') return undefined;
  const tls = tlsFrom(env);
  return tls ? { bus, tls, passwords: passwordsFrom(env, kafkaPasswordVariable) } : { bus };
};

const tlsFrom = (env: NodeJS.ProcessEnv): MigrateKafkaOptions['tls'] => {
  const names = ['GATEHOUSE_BUS_CA_FILE', 'GATEHOUSE_BUS_CERT_FILE', 'GATEHOUSE_BUS_KEY_FILE'];
  const [ca, certificate, key] = names.map((name) => env[name]);
  if (!ca && !certificate && !key) return undefined;
  if (!ca || !certificate || !key) {
    throw new Error(`not set: ${names.filter((name) => !env[name]).join(', ')}`);
  }
  return { ca, own: { certificate, key } };
};

program.parseAsync().catch((error: Error) => {
  console.error(`migrator: ${error.message}`);
  process.exitCode = 1;
});
