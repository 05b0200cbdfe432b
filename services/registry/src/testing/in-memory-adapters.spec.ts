import { cleanupMemoryContract } from './cleanup-memory.contract';
import { credentialVaultContract } from './credential-vault.contract';
import { InMemoryCleanupMemory } from './in-memory-cleanup-memory';
import { InMemoryCredentialVault } from './in-memory-credential-vault';

credentialVaultContract('in-memory', async () => new InMemoryCredentialVault());
cleanupMemoryContract('in-memory', async () => new InMemoryCleanupMemory());
