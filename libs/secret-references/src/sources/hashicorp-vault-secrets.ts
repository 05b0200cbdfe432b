import { readFile } from 'node:fs/promises';
import type { TokenTransport } from '@gatehouse/provider-auth';
import { z } from 'zod';
import { jsonIn } from '@gatehouse/kernel';
import { secretManagerUnavailable, secretNotFound } from '../secret-errors';
import type { SecretLocator } from '@gatehouse/kernel';
import { SecretSource } from '../secret-source';

export interface HashicorpVaultOptions {
  /** `https://vault.example:8200`, without a path. */
  readonly address: string;
  /** Where an agent of Vault's keeps the gateway's token; read at each asking, since it is written anew. */
  readonly tokenFile: string;
  /** Of Vault Enterprise. */
  readonly namespace?: string;
}

/** `GET /v1/{mount}/data/{path}` of the key/value engine, version 2. A deleted version has `data` null and status 404. */
const answer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });

/**
 * HashiCorp Vault's key/value engine, version 2, over its HTTP API. A secret there is an object: as a text it is JSON, of
 * which a reference names a member.
 */
export class HashicorpVaultSecrets extends SecretSource<'hashicorp-vault'> {
  constructor(
    private readonly options: HashicorpVaultOptions,
    private readonly transport: TokenTransport,
  ) {
    super();
  }

  async read(locator: Extract<SecretLocator, { kind: 'hashicorp-vault' }>): Promise<string> {
    const { status, body } = await this.ask(locator);
    // Vault answers 403 for what a token may not read, and 404 for what is not there.
    if (status === 403 || status === 404) throw secretNotFound('hashicorp-vault');
    const parsed = status === 200 ? answer.safeParse(jsonIn(body)) : undefined;
    if (!parsed?.success) throw secretManagerUnavailable('hashicorp-vault');
    return JSON.stringify(parsed.data.data.data);
  }

  private async ask({ mount, path }: Extract<SecretLocator, { kind: 'hashicorp-vault' }>) {
    const { address, tokenFile, namespace } = this.options;
    try {
      const token = (await readFile(tokenFile, 'utf8')).trim();
      return await this.transport.send({
        method: 'GET',
        url: `${address}/v1/${mount}/data/${path}`,
        headers: { 'x-vault-token': token, ...(namespace && { 'x-vault-namespace': namespace }) },
      });
    } catch {
      throw secretManagerUnavailable('hashicorp-vault');
    }
  }
}
