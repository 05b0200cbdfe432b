import { writeFileSync } from 'node:fs';
import { MODEL } from '@gatehouse/launcher';
import { workspaceRoot } from '@gatehouse/migrations';
import { composeFilesIn } from './compose-files';
import { Installation } from './installation';

/** Makes the first organization of a running composed installation (profile `demo`) and prints its keys, once. */
const main = async (): Promise<void> => {
  const installation = new Installation(composeFilesIn(workspaceRoot(__dirname)));
  const addresses = {
    gateway: installation.gatewayUrl,
    console: installation.consoleUrl,
    simulator: installation.simulatorUrl,
    grpc: installation.grpc,
  };
  // For `npx gatehouse --data .gatehouse-compose`.
  writeFileSync(installation.addressesFile, `${JSON.stringify(addresses, null, 2)}\n`);
  if (installation.isSetUp) {
    console.log(`The first organization is there: ${installation.organizationId}. Its keys were shown then.`);
    return;
  }
  const keys = await installation.createFirstOrganization((text) => console.error(`… ${text}`));
  console.log(
    [
      `organization  ${installation.organizationId}`,
      `workspace     ${installation.workspaceId}`,
      `gateway       ${installation.gatewayUrl}`,
      `console       ${installation.consoleUrl}`,
      `model         ${MODEL}`,
      `admin key     ${keys.adminKey}`,
      `API key       ${keys.apiKey}`,
      'The two keys are shown this once and stored nowhere.',
    ].join('\n'),
  );
  installation.markSetUp();
};

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
