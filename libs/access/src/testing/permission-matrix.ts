import { randomUUID } from 'node:crypto';
import {
  AUTHORIZATION_KEY,
  demand,
  fromGrpcError,
  type KeyPrincipal,
  requirementAt,
  type ServiceDefinition,
} from '@gatehouse/grpc';
import {
  ACCESS_SCOPES,
  type AccessScope,
  apiKeyId,
  AppError,
  deriveId,
  isWorkspaceRole,
  KEY_ROLES,
  type KeyRole,
  organizationId,
  ROLE_SCOPES,
  scopesOfKey,
  workspaceId,
} from '@gatehouse/kernel';
import { SeededRandom, shareOf, until } from '@gatehouse/kernel/testing';
import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';

/** What a key of the matrix is given. */
export interface MatrixGrant {
  readonly role: KeyRole;
  readonly scopes: readonly AccessScope[];
}

export interface MatrixKey extends MatrixGrant {
  readonly secret: string;
}

/** By the name of the field that names it in a request: the ids, or slugs, of things that belong together. */
export type MatrixTarget = Readonly<Record<string, string>>;

export interface MatrixTargets {
  /** Of the organization of the keys, and of the workspace of those that have one. */
  readonly own: MatrixTarget;
  /** Of the same organization; left out where nothing belongs to a workspace. */
  readonly otherWorkspace?: MatrixTarget;
  readonly otherOrganization: MatrixTarget;
}

type Whose = keyof MatrixTargets | 'nobody';

export interface MatrixOptions {
  /** Whose matrix it is, for the line that tells its size. */
  readonly service: string;
  readonly address: string;
  readonly services: Readonly<Record<string, ServiceDefinition>>;
  readonly keys: readonly MatrixKey[];
  readonly targets: MatrixTargets;
  /**
   * Fields of a request to an RPC, e.g. `CreateWorkspace`, about a target, beside those that name it: so that none is refused
   * for its form. Those that a request does not have are left out.
   */
  readonly fields: (rpc: string, target: MatrixTarget) => Readonly<Record<string, unknown>>;
}

export interface MatrixSize {
  readonly rpcs: number;
  readonly roles: number;
  readonly scopes: number;
  readonly keys: number;
  /** Of all the pairs of a key and an RPC, those that this run has tried. */
  pairs: number;
  calls: number;
}

/** For each RPC, of the keys that have a part of their role's scopes. */
const NARROW_LET_IN = 1;
const NARROW_REFUSED = 2;

type Rpc = ServiceDefinition[string] & {
  requestDeserialize(bytes: Buffer): Record<string, unknown>;
  responseDeserialize(bytes: Buffer): object;
};

/**
 * Each role with all that it may, with each scope alone that an RPC of these services names, and with all others at once:
 * what none of them names lets nobody in, so that all together say as much as each. Only once the controllers are declared.
 */
export const matrixGrants = (services: MatrixOptions['services']): readonly MatrixGrant[] => {
  const named = new Set(rpcsOf(services).flatMap(({ path }) => requirementAt(path)?.scopes ?? []));
  return KEY_ROLES.flatMap((role) => {
    const scopes = [...ROLE_SCOPES[role]];
    const others = scopes.filter((scope) => !named.has(scope));
    const alone = scopes.filter((scope) => named.has(scope)).map((scope) => [scope]);
    return [[], ...alone, ...(others.length > 0 ? [others] : [])].map((given) => ({ role, scopes: given }));
  });
};

/** What no role can be given, and no service should heed: the scopes that it lacks. For services that hear of keys by events. */
export const FORGED_GRANTS: readonly MatrixGrant[] = KEY_ROLES.map((role) => ({
  role,
  scopes: ACCESS_SCOPES.filter((scope) => !ROLE_SCOPES[role].has(scope)),
})).filter(({ scopes }) => scopes.length > 0);

/**
 * Every RPC of a service as it is declared beside it, by every role and scope, of what is the caller's own, another
 * workspace's and another organization's, and of what nobody has. Answers what went otherwise; prints its size. Whole where
 * `GATEHOUSE_TEST_ROUNDS` is set; else narrow keys are drawn anew for each RPC, by dice whose seed is printed.
 * - Who may not call is refused as declared; who may is let in.
 * - No answer names a thing of another organization, nor to a workspace's key one of another workspace.
 * - What another organization has is refused as what nobody has: nobody learns that it exists.
 * - A request of one's own is well-formed, so that something was tried.
 */
export const permissionFaults = async (options: MatrixOptions): Promise<readonly string[]> => {
  const client = new Client(options.address, credentials.createInsecure());
  try {
    return await new PermissionMatrix(options, client).faults();
  } finally {
    client.close();
  }
};

class PermissionMatrix {
  private readonly found: string[] = [];
  private readonly targets: ReadonlyMap<Whose, MatrixTarget>;
  private readonly rpcs: readonly Rpc[];
  private readonly random: SeededRandom;
  private readonly size: MatrixSize;

  constructor(
    private readonly options: MatrixOptions,
    private readonly client: Client,
  ) {
    const { service, targets, keys } = options;
    this.random = new SeededRandom(`permission matrix of ${service}`);
    this.targets = new Map(
      Object.entries({ ...targets, nobody: nobodys(targets.own) }) as [Whose, MatrixTarget][],
    );
    this.rpcs = rpcsOf(options.services);
    const [rpcs, roles, scopes] = [this.rpcs.length, KEY_ROLES.length, ACCESS_SCOPES.length];
    this.size = { rpcs, roles, scopes, keys: keys.length, pairs: 0, calls: 0 };
  }

  async faults(): Promise<readonly string[]> {
    await this.known();
    for (const rpc of this.rpcs) await Promise.all(this.drawn(rpc).map((key) => this.tryRpc(rpc, key)));
    process.stdout.write(`permission matrix of ${this.options.service}: ${JSON.stringify(this.size)}\n`);
    return this.found;
  }

  /** What a stranger is told says nothing of roles and scopes. */
  private async known(): Promise<void> {
    const [rpc] = this.rpcs;
    if (!rpc) throw new Error('there is nothing to call');
    for (const key of this.options.keys)
      await until(
        async () => (await this.call(rpc, key, 'own')) !== 'UNAUTHENTICATED CREDENTIALS_UNKNOWN',
        `a key of ${key.role}`,
      );
  }

  /** Each role with all that it may, and with what it may not have; of narrower keys some that are let in, and some not. */
  private drawn(rpc: Rpc): readonly MatrixKey[] {
    const isNarrow = ({ role, scopes }: MatrixKey): boolean =>
      scopes.length > 0 && scopes.every((scope) => ROLE_SCOPES[role].has(scope));
    const isLetIn = (key: MatrixKey): boolean => declared(rpc.path, key) === 'admitted';
    const narrow = this.options.keys.filter(isNarrow);
    return [
      ...this.options.keys.filter((key) => !isNarrow(key)),
      ...shareOf(narrow.filter(isLetIn), NARROW_LET_IN, this.random),
      ...shareOf(
        narrow.filter((key) => !isLetIn(key)),
        NARROW_REFUSED,
        this.random,
      ),
    ];
  }

  private async tryRpc(rpc: Rpc, key: MatrixKey): Promise<void> {
    this.size.pairs++;
    const expected = declared(rpc.path, key);
    if (expected !== 'admitted') {
      const answer = await this.call(rpc, key, 'own');
      if (answer !== expected) this.fault(rpc, key, 'own', answer, `expected ${expected}`);
      return;
    }
    const answers = new Map<Whose, string>();
    for (const whose of this.targets.keys()) {
      if (whose === 'nobody' && key.scopes.length > 0) continue;
      const answer = await this.call(rpc, key, whose);
      answers.set(whose, answer);
      this.checkAdmitted(rpc, key, whose, answer);
    }
    this.checkSilent(rpc, key, answers);
  }

  private checkAdmitted(rpc: Rpc, key: MatrixKey, whose: Whose, answer: string): void {
    if (answer.endsWith(' PERMISSION_DENIED')) this.fault(rpc, key, whose, answer, 'expected to be let in');
    const names = (of: Whose): boolean =>
      Object.values(this.targets.get(of) ?? {}).some((id) => answer.includes(id));
    if (names('otherOrganization')) this.fault(rpc, key, whose, answer, 'of another organization');
    if (isWorkspaceRole(key.role) && names('otherWorkspace'))
      this.fault(rpc, key, whose, answer, 'of another workspace');
    if (whose === 'own' && answer.startsWith('INVALID '))
      this.fault(rpc, key, whose, answer, 'expected a well-formed request');
  }

  private checkSilent(rpc: Rpc, key: MatrixKey, answers: ReadonlyMap<Whose, string>): void {
    const [others, nobodys] = [answers.get('otherOrganization') ?? '', answers.get('nobody')];
    if (nobodys === undefined || (isAnswer(others) && isAnswer(nobodys)) || others === nobodys) return;
    this.fault(rpc, key, 'otherOrganization', others, `where nobody has it: ${nobodys}`);
  }

  private fault(rpc: Rpc, { role, scopes }: MatrixKey, whose: Whose, answer: string, why: string): void {
    this.found.push(
      `${rpc.path} by ${role} [${scopes.join().slice(0, 60)}] on ${whose}: ${answer.slice(0, 400)}, ${why}`,
    );
  }

  /** What was answered, as JSON, or code and reason. */
  private call(rpc: Rpc, { secret }: MatrixKey, whose: Whose): Promise<string> {
    this.size.calls++;
    const metadata = new Metadata();
    metadata.set(AUTHORIZATION_KEY, `Bearer ${secret}`);
    const write = (message: object): Buffer => rpc.requestSerialize(message as never);
    const read = (bytes: Buffer): object => rpc.responseDeserialize(bytes);
    const of = [rpc.path, write, read, this.requestTo(rpc, whose), metadata] as const;
    return new Promise((resolve) => {
      if (rpc.responseStream) return firstOf(this.client.makeServerStreamRequest(...of), resolve);
      this.client.makeUnaryRequest(...of, (error: ServiceError | null, answer?: object) =>
        resolve(error ? refusalOf(error) : answered(answer)),
      );
    });
  }

  private requestTo(rpc: Rpc, whose: Whose): Record<string, unknown> {
    const request = rpc.requestDeserialize(Buffer.alloc(0));
    const target = this.targets.get(whose) ?? {};
    const fill: Readonly<Record<string, unknown>> = {
      requestId: randomUUID(),
      reason: 'spec',
      // Nothing changes where nothing is granted: refused for its revision, after who may.
      expectedRevision: 999n,
      ...target,
      ...this.options.fields(nameOf(rpc), target),
    };
    for (const [field, value] of Object.entries(fill)) if (field in request) request[field] = value;
    return request;
  }
}

const rpcsOf = (services: MatrixOptions['services']): readonly Rpc[] =>
  Object.values(services).flatMap((service) => Object.values(service) as Rpc[]);

const nameOf = ({ path }: Rpc): string => path.slice(path.lastIndexOf('/') + 1);

const isAnswer = (answer: string): boolean => answer.startsWith('answered ');

const answered = (answer: object | undefined): string =>
  `answered ${JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`;

const refusalOf = (error: ServiceError): string => {
  const { code, reason } = fromGrpcError(error) as { code: string; reason: string };
  return `${code} ${reason}`;
};

const firstOf = (stream: ClientReadableStream<object>, resolve: (answer: string) => void): void => {
  stream.once('data', (answer: object) => {
    resolve(answered(answer));
    stream.cancel();
  });
  stream.once('error', (error) => resolve(refusalOf(error as ServiceError)));
};

/** Ids of the same kinds, and a slug, that nothing has. */
const nobodys = (target: MatrixTarget): MatrixTarget =>
  Object.fromEntries(
    Object.entries(target).map(([field, id]) => {
      const [kind, ...isId] = id.split('_');
      return [field, isId.length > 0 ? deriveId(kind as 'key', 'nobody') : 'nobody'];
    }),
  );

/** As it is declared beside the RPC. */
const declared = (path: string, key: MatrixKey): string => {
  try {
    demand(path, principalOf(key));
    return 'admitted';
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.reason}`;
    throw error;
  }
};

const principalOf = ({ role, scopes }: MatrixKey): KeyPrincipal => {
  const key = {
    keyId: apiKeyId(deriveId('key', 'matrix')),
    organizationId: organizationId(deriveId('org', 'matrix')),
    scopes: scopesOfKey(role, scopes),
    bounded: false,
  };
  return isWorkspaceRole(role)
    ? { kind: 'workspaceKey', role, workspaceId: workspaceId(deriveId('ws', 'matrix')), ...key }
    : { kind: 'organizationKey', role, ...key };
};
