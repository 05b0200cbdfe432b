import { randomBytes } from 'node:crypto';
import { type ClientHttp2Session, connect } from 'node:http2';
import { PostgresApiKeys, TokenAuthenticator } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { until } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { status } from '@grpc/grpc-js';
import { ProvisioningBench, type Tenant } from './testing/provisioning-bench';

const STREAMS = 2_000;
const CONNECTIONS = 4;
/** So many are asked for before anything else has its turn: all at once would outlast the pings of connections. */
const SLICE = 50;
const EMPTY_MESSAGE = Buffer.alloc(5);
/** For a busy machine: 2,000 callers and the service share one process here. */
const DEADLINE_MS = 120_000;

const wrongCheck = (): string => keyNamed(randomBytes(32), 'somebody');
/** What may reach a look-up, since nothing but a look can tell: a well-formed key of the older form. */
const oldForm = (): string => wrongCheck().slice(0, -13);
const randomText = (): string => randomBytes(48).toString('base64url');
const GARBAGE = [oldForm, wrongCheck, randomText] as const;
const OLD_FORM_STREAMS = Math.ceil(STREAMS / GARBAGE.length);

describe('keys that were never issued', () => {
  let bench: ProvisioningBench;
  let tenant: Tenant;
  /** As a proxy's, which carry an admin's calls too. */
  let sessions: ClientHttp2Session[];

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    tenant = await bench.tenant('Acme');
    // From here on the service knows the key, and need not wait for it.
    await tenant.admin.organizations.getOrganization(provisioningV1.GetOrganizationRequest.fromPartial({}));
    sessions = Array.from({ length: CONNECTIONS }, () => connect(`http://${bench.address}`));
    await Promise.all(sessions.map((session) => call(session, tenant.adminKey)));
  }, 60_000);

  afterAll(async () => {
    for (const session of sessions ?? []) session.destroy();
    await bench?.close();
  });
  afterEach(() => jest.restoreAllMocks());

  /** A call as bytes on the wire, which costs the spec less than a client would; answers the status in the headers. */
  const call = (session: ClientHttp2Session, key: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': provisioningV1.OrganizationServiceService.getOrganization.path,
        'content-type': 'application/grpc',
        te: 'trailers',
        authorization: `Bearer ${key}`,
      });
      stream.once('response', (headers) => resolve(Number(headers['grpc-status'])));
      stream.once('error', reject).once('close', () => reject(new Error('closed without an answer')));
      stream.resume().end(EMPTY_MESSAGE);
    });
  const garbage = (index: number): string => (GARBAGE[index % GARBAGE.length] as () => string)();
  const askAsAdmin = async (): Promise<void> => {
    const { organization } = await tenant.admin.organizations.getOrganization(
      provisioningV1.GetOrganizationRequest.fromPartial({}),
      { deadlineMs: DEADLINE_MS },
    );
    expect(organization?.id).toBe(tenant.organizationId);
  };

  /** Counts looks; the first one ends when so many calls have come, so that the others are there at once. */
  const countLooks = (calls: number): { looks: number[]; came: () => number } => {
    let came = 0;
    let allCame = (): void => undefined;
    const gate = new Promise<void>((resolve) => (allCame = resolve));
    const { authenticate } = TokenAuthenticator.prototype;
    jest.spyOn(TokenAuthenticator.prototype, 'authenticate').mockImplementation(function (
      this: TokenAuthenticator,
      ...presented
    ) {
      if (++came === calls) allCame();
      return authenticate.call(this, ...presented);
    });
    const looks: number[] = [];
    const { findAll } = PostgresApiKeys.prototype;
    jest.spyOn(PostgresApiKeys.prototype, 'findAll').mockImplementation(async function (
      this: PostgresApiKeys,
      hashes,
    ) {
      looks.push(hashes.length);
      if (looks.length === 1) await gate;
      return findAll.call(this, hashes);
    });
    return { looks, came: () => came };
  };

  /** So many calls that are all there before the first is answered that has to be looked up. */
  const callsAtOnce = async (came: () => number): Promise<Promise<number>[]> => {
    const streams: Promise<number>[] = [];
    while (streams.length < STREAMS) {
      for (let count = 0; count < SLICE; count++) {
        const index = streams.length;
        streams.push(call(sessions[index % CONNECTIONS] as ClientHttp2Session, garbage(index)));
      }
      // Told when all are awaited.
      for (const stream of streams.slice(-SLICE)) stream.catch(() => undefined);
      await until(
        () => came() === streams.length,
        () => `${came()} of ${streams.length} came`,
        DEADLINE_MS,
      );
    }
    return streams;
  };

  it('cost next to no looks, however many come at once, and an admin is served meanwhile', async () => {
    const { looks, came } = countLooks(STREAMS + 1);
    const streams = await callsAtOnce(came);
    await askAsAdmin();
    expect(new Set(await Promise.all(streams))).toEqual(new Set([status.UNAUTHENTICATED]));
    // One that all others came behind, then 512 at a time, the admin among the first; and nothing is looked for again.
    expect(looks.reduce((sum, hashes) => sum + hashes)).toBe(OLD_FORM_STREAMS + 1);
    expect(looks).toHaveLength(1 + Math.ceil(OLD_FORM_STREAMS / 512));
  }, 180_000);

  it('end the connections of strangers that go on with them, before most of them are looked at', async () => {
    const presented = jest.spyOn(TokenAuthenticator.prototype, 'authenticate');
    const flooding = Array.from({ length: CONNECTIONS }, () =>
      connect(`http://${bench.address}`).on('error', () => undefined),
    );
    const streams = Array.from({ length: STREAMS }, (_, index) =>
      call(flooding[index % CONNECTIONS] as ClientHttp2Session, garbage(index)),
    );
    const outcomes = Promise.allSettled(streams);
    await askAsAdmin();
    const answers = (await outcomes).filter(({ status: outcome }) => outcome === 'fulfilled');
    expect(answers.length).toBeLessThan(STREAMS / 10);
    expect(presented.mock.calls.length).toBeLessThan(STREAMS / 10);
    expect(flooding.map(({ closed }) => closed)).toEqual(flooding.map(() => true));
  }, 180_000);
});
