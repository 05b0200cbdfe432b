import { healthsContract } from './healths.contract';
import { InMemoryHealths } from './in-memory-healths';
import { draftsContract } from './drafts.contract';
import { InMemoryDrafts } from './in-memory-drafts';
import { cleanupMemoryContract } from './cleanup-memory.contract';
import { credentialVaultContract } from './credential-vault.contract';
import { InMemoryCleanupMemory } from './in-memory-cleanup-memory';
import { InMemoryCredentialVault } from './in-memory-credential-vault';
import { InMemoryIntegrationKeys } from './in-memory-integration-keys';
import { integrationKeysContract } from './integration-keys.contract';

credentialVaultContract('in-memory', async () => new InMemoryCredentialVault());
integrationKeysContract('in-memory', async () => {
  const vault = new InMemoryCredentialVault();
  return { keys: new InMemoryIntegrationKeys(vault), vault };
});
cleanupMemoryContract('in-memory', async () => new InMemoryCleanupMemory());
draftsContract('in memory', async () => new InMemoryDrafts());
healthsContract('in memory', async () => new InMemoryHealths());
