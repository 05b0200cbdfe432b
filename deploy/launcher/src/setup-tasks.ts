import type { FirstKeys } from './first-organization';
import type { SetupState } from './launcher-state';
import type { Ports } from './ports';
import type { Secrets } from './secrets';

/** What a start has to do that takes much to be loaded, and is over with it. */
export interface SetupTasks {
  /** Makes the database and brings it, and a Kafka that is the bus, to the present. Gives the number of migrations that were applied. */
  readonly migrate: (input: MigrateInput) => Promise<number>;
  /** Makes the first organization, or goes on with it where a start was cut off. */
  readonly createFirstOrganization: (input: FirstOrganizationTask) => Promise<FirstKeys>;
  /** See `signInLink`. */
  readonly makeSignInLink: (input: SignInLinkTask) => Promise<string | undefined>;
}

export interface MigrateInput {
  /** Of the server that the launcher started. */
  readonly serverUrl: string;
  /** Of the product's database, for its owner. */
  readonly databaseUrl: string;
  readonly passwords: Secrets['databasePasswords'];
  readonly bus: string;
}

export interface FirstOrganizationTask {
  /** Where the launcher's state is: how far the organization is stands there, before and after. */
  readonly state: string;
  readonly ports: Ports;
  readonly grpc: Readonly<Record<'provisioning' | 'registry', string>>;
  readonly secrets: Pick<Secrets, 'simulatorCredential'>;
  readonly operatorToken: string;
}

export interface SignInLinkTask {
  readonly console: string;
  readonly provisioning: string;
  readonly operatorToken: string;
  readonly setup: Pick<SetupState, 'organizationId' | 'adminKeyId'>;
}

type Name = keyof SetupTasks;

/** What the launcher asks its setup process for, one thing at a time. */
export interface Asked<Task extends Name = Name> {
  readonly task: Task;
  readonly input: Parameters<SetupTasks[Task]>[0];
}

/** What it says: what it is waiting for, and in the end one of the other two. */
export type Told =
  { readonly report: string } | { readonly done: { readonly value: unknown } } | { readonly failed: string };
