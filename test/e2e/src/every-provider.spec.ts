import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { type CertifiedKey, makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { newCommand } from './control-plane';
import { errorOf } from './gateway-client';
import { Product } from './product';
import { ROOT } from './root';
import { modelNamed, newTeam, type Team } from './team';

/** From the providers' own documents, not from the catalog: where a call has to arrive, and with what. */
interface ProviderCall {
  readonly provider: string;
  readonly url: string;
  readonly customHost?: string;
  readonly fields?: { readonly [name: string]: string };
  /** Its servers ask for no key. */
  readonly withoutKey?: boolean;
  /** Where the key stands, other than after `Bearer` in `authorization`. */
  readonly keyHeader?: string;
  /** It speaks Anthropic's messages, and is asked in them. */
  readonly messages?: boolean;
  /** It speaks Bedrock's Converse, which names the model in its path. */
  readonly converse?: boolean;
  /** Its models are called by deployments of this version of its API. */
  readonly apiVersion?: string;
  /** The fields of its credential, where it is no key: the service that requests are signed for, and its region. */
  readonly signedFor?: string;
}

const E2E = join(ROOT, 'test/e2e');
const CALLS = JSON.parse(readFileSync(join(E2E, 'provider-calls.json'), 'utf8')) as readonly ProviderCall[];
const START_MS = 180_000;
const VALID = { from: new Date(Date.now() - 86_400_000), days: 2 };

interface Arrived {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Every provider of the world, on one port of this machine, each with a certificate of its own. */
class StandInInternet {
  readonly arrived: Arrived[] = [];

  private constructor(
    private readonly server: Server,
    private readonly directory: string,
  ) {}

  static async start(): Promise<StandInInternet> {
    const authority = await makeAuthority('The world', VALID);
    const contexts = new Map<string, Promise<SecureContext>>();
    const contextOf = (host: string): Promise<SecureContext> => {
      const made = contexts.get(host) ?? contextFor(authority, host);
      contexts.set(host, made);
      return made;
    };
    const server = createServer({
      SNICallback: (host, answer) => {
        contextOf(host).then(
          (context) => answer(null, context),
          (error: Error) => answer(error),
        );
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-internet-'));
    // The launcher may have the gateway run as a user of its own, who is to read it too.
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, 'ca.pem'), authority.certificate);
    const internet = new StandInInternet(server, directory);
    internet.listen();
    return internet;
  }

  /** What makes a product take it for the world. */
  get env(): NodeJS.ProcessEnv {
    const { port } = this.server.address() as AddressInfo;
    return {
      NODE_OPTIONS: `--require=${join(E2E, 'stand-in-internet.cjs')}`,
      NODE_EXTRA_CA_CERTS: join(this.directory, 'ca.pem'),
      GATEHOUSE_TEST_INTERNET_PORT: String(port),
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }

  private listen(): void {
    this.server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { servername } = request.socket as TLSSocket & { servername?: string };
        expect(request.headers.host).toBe(servername);
        this.arrived.push({
          url: `https://${servername}${request.url}`,
          method: request.method,
          headers: request.headers,
          body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
        });
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(request.url?.endsWith('/converse') ? CONVERSE_ANSWER : ANSWER));
      });
    });
  }
}

const contextFor = async (authority: CertifiedKey, host: string): Promise<SecureContext> => {
  const { certificate, key } = await makeCertificate(authority, { name: host, hosts: [host] }, VALID);
  return createSecureContext({ cert: certificate, key });
};

const ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

const AWS_KEYS = { aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE', aws_secret_access_key: 'wJalrXUtnFEMI' };

const credentialOf = ({ provider, withoutKey, signedFor }: ProviderCall): Record<string, string> => {
  if (withoutKey) return {};
  return signedFor === undefined ? { api_key: `sk-${provider}` } : AWS_KEYS;
};

const deploymentOf = (apiVersion: string) => ({
  alias: 'm',
  deploymentName: 'm',
  apiVersion,
  model: 'gpt-4o',
  isDefault: true,
});

/** The headers that a call has to arrive with. */
const proofOf = ({ provider, withoutKey, keyHeader, signedFor }: ProviderCall): object => {
  if (withoutKey) return {};
  if (signedFor !== undefined) {
    const scope = `Credential=${AWS_KEYS.aws_access_key_id}/\\d{8}/${signedFor}/aws4_request`;
    return { authorization: expect.stringMatching(new RegExp(`^AWS4-HMAC-SHA256 ${scope}`)) };
  }
  return keyHeader === undefined
    ? { authorization: `Bearer sk-${provider}` }
    : { [keyHeader]: `sk-${provider}` };
};

const CONVERSE_ANSWER = {
  output: { message: { role: 'assistant', content: [{ text: 'Yes.' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  metrics: { latencyMs: 1 },
};

describe('every provider of the catalog', () => {
  let internet: StandInInternet;
  let product: Product;
  let team: Team;

  beforeAll(async () => {
    internet = await StandInInternet.start();
    product = await Product.start({ env: internet.env });
    team = await newTeam(product, { models: ['sim-small'] });
  }, START_MS);
  afterAll(async () => {
    await product?.stop();
    await internet?.stop();
  }, START_MS);

  const connect = async (input: object) => {
    const { integration, position } = await product.control().integrations.connectIntegration(
      registryV1.ConnectIntegrationRequest.fromPartial({
        ...newCommand(),
        name: 'One of many',
        customModels: [modelNamed('m')],
        ...input,
      }),
    );
    await product.control().provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial({
        ...newCommand(),
        integrationId: integration?.id ?? '',
        workspaceId: team.workspaceId,
        atLeastPosition: position,
      }),
    );
    return integration;
  };
  const ask = (slug: string, { messages = false } = {}) => {
    const body = {
      model: `@${slug}/m`,
      messages: [{ role: 'user', content: 'Are you there?' }],
      max_tokens: 2,
    };
    return messages
      ? team.gateway.send('POST', '/v1/messages', JSON.stringify(body))
      : team.gateway.chat(body);
  };

  const catalog = async (): Promise<registryV1.Provider[]> =>
    (await product.control().catalog.listProviders({ pageSize: 200, pageToken: '' })).providers;

  it('that is said to be served is known to this test by its own documents', async () => {
    const served = (await catalog()).filter((provider) => provider.served);
    expect(CALLS.map(({ provider }) => provider).sort()).toEqual(served.map(({ name }) => name).sort());
  });

  it.each(CALLS.map((call) => [call.provider, call] as const))(
    '%s is called where its documents say, with its key',
    async (slug, call) => {
      const { provider, url, customHost, fields } = call;
      const connected = await connect({
        ...{ slug, provider, customHost, fields },
        credential: credentialOf(call),
        ...(call.apiVersion !== undefined && {
          customModels: [],
          deployments: [deploymentOf(call.apiVersion)],
        }),
      });
      expect(connected).toMatchObject({ served: true });
      await eventually(async () => expect(await team.gateway.models()).toContain(`@${slug}/m`));
      const before = internet.arrived.length;
      const answer = await ask(slug, call);
      expect(answer?.status).toBe(200);
      expect(internet.arrived.slice(before)).toEqual([
        {
          url,
          method: 'POST',
          headers: expect.objectContaining(proofOf(call)),
          body: call.converse
            ? expect.not.objectContaining({ model: 'm' })
            : expect.objectContaining({ model: 'm' }),
        },
      ]);
      if (call.withoutKey || call.keyHeader !== undefined) {
        expect(internet.arrived[before]?.headers).not.toHaveProperty('authorization');
      }
    },
  );

  it('that is not served yet can be connected, says so, and is refused before anything is called', async () => {
    const connected = await connect({
      slug: 'gemini',
      provider: 'google',
      credential: { api_key: 'AIza-1' },
    });
    expect(connected).toMatchObject({ served: false });
    const before = internet.arrived.length;
    await eventually(async () => {
      const answer = await ask('gemini');
      expect(errorOf(answer)).toMatchObject({ message: expect.stringContaining('not served yet') });
    });
    expect(internet.arrived).toHaveLength(before);
  });
});
