import { DATABASE_SERVICES, type DatabaseService } from '@gatehouse/migrations';
import { Command } from 'commander';
import { migrate } from './migrate';

const PASSWORD_VARIABLES = DATABASE_SERVICES.map((service) => ({
  service,
  name: `GATEHOUSE_${service.toUpperCase()}_DATABASE_PASSWORD`,
}));

const program = new Command('migrator')
  .description('Brings a database to the present: login roles, migrations, grants.')
  .requiredOption(
    '--database-url <url>',
    'connection string of the owner',
    process.env.GATEHOUSE_OWNER_DATABASE_URL,
  )
  .addHelpText(
    'after',
    `\nThe roles' passwords come from ${PASSWORD_VARIABLES.map(({ name }) => name).join(', ')}.` +
      '\nThe connection string may come from GATEHOUSE_OWNER_DATABASE_URL.',
  )
  .action(async ({ databaseUrl }: { databaseUrl: string }) => {
    const applied = await migrate({ databaseUrl, passwords: passwordsFrom(process.env) });
    for (const name of applied) console.log(name);
    console.log(applied.length === 0 ? 'nothing to do' : `${applied.length} applied`);
  });

const passwordsFrom = (env: NodeJS.ProcessEnv): Record<DatabaseService, string> => {
  const missing = PASSWORD_VARIABLES.filter(({ name }) => !env[name]).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`not set: ${missing.join(', ')}`);
  return Object.fromEntries(PASSWORD_VARIABLES.map(({ service, name }) => [service, env[name]])) as Record<
    DatabaseService,
    string
  >;
};

program.parseAsync().catch((error: Error) => {
  console.error(`migrator: ${error.message}`);
  process.exitCode = 1;
});
