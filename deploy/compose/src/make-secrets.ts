import { workspaceRoot } from '@gatehouse/migrations';
import { composeFilesIn } from './compose-files';
import { makeEnvFile } from './env-file';

const files = composeFilesIn(workspaceRoot(__dirname));
try {
  console.log(
    makeEnvFile(files)
      ? `Made ${files.env} and ${files.vaultPrivateKey}. Keep both, and keep them to yourself.`
      : `${files.env} is there; nothing was changed.`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
