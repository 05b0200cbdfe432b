import { databasePasswordVariable, forEachName, SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import { Command } from 'commander';
import { migrate } from './migrate';

const PASSWORD_VARIABLES = SERVICE_NAMES.map(databasePasswordVariable);

const program = new Command('migrator')
  .description('Brings a database to the present: login roles, migrations, grants.')
  .requiredOption(
    '--database-url <url>',
    'connection string of the owner',
    process.env.GATEHOUSE_OWNER_DATABASE_URL,
  )
  .addHelpText(
    'after',
    `\nThe roles' passwords come from ${PASSWORD_VARIABLES.join(', ')}.` +
      '\nThe connection string may come from GATEHOUSE_OWNER_DATABASE_URL.',
  )
  .action(async ({ databaseUrl }: { databaseUrl: string }) => {
    const applied = await migrate({ databaseUrl, passwords: passwordsFrom(process.env) });
    for (const name of applied) console.log(name);
    console.log(applied.length === 0 ? 'nothing to do' : `${applied.length} applied`);
  });

const passwordsFrom = (env: NodeJS.ProcessEnv): Readonly<Record<ServiceName, string>> => {
  const missing = PASSWORD_VARIABLES.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`not set: ${missing.join(', ')}`);
  return forEachName(SERVICE_NAMES, (name) => env[databasePasswordVariable(name)] ?? '');
};

program.parseAsync().catch((error: Error) => {
  console.error(`migrator: ${error.message}`);
  process.exitCode = 1;
});
