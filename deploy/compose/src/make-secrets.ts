import { workspaceRoot } from '@gatehouse/migrations';
import { composeFilesIn } from './compose-files';
import { makeSecrets } from './compose-secrets';

const main = async (): Promise<void> => {
  const files = composeFilesIn(workspaceRoot(__dirname));
  const { variables, certificates } = await makeSecrets(files);
  if (variables.length > 0) console.log(`Written to ${files.env}: ${variables.join(', ')}.`);
  if (certificates.length > 0) console.log(`Certificates made in ${files.tls}: ${certificates.join(', ')}.`);
  console.log(
    variables.length + certificates.length > 0
      ? `Keep ${files.env} and ${files.directory}, and keep them to yourself.`
      : 'Everything is there; nothing was changed.',
  );
};

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
