import { existsSync } from 'node:fs';
import { workspaceRoot } from '@gatehouse/migrations';
import { composeFilesIn } from './compose-files';
import { makeEnvFile } from './env-file';

const files = composeFilesIn(workspaceRoot(__dirname));
try {
  const wasThere = existsSync(files.env);
  const written = makeEnvFile(files);
  if (!wasThere) {
    console.log(`Made ${files.env} and ${files.vaultPrivateKey}. Keep both, and keep them to yourself.`);
  } else if (written.length > 0) {
    console.log(`Added to ${files.env}: ${written.join(', ')}.`);
  } else {
    console.log(`${files.env} is there; nothing was changed.`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
