import { callerFields, commandFields, field, readConfig } from '@gatehouse/config';

const fields = {
  ...commandFields,
  ...callerFields,
  /** Provisioning decides on resets that want a second admin. */
  GATEHOUSE_PROVISIONING_ADDRESS: field.address(),
  /** The registry says what models cost, where records are rated anew. */
  GATEHOUSE_REGISTRY_ADDRESS: field.address(),
  /** How long a lease may admit, from the first sending of its ask. */
  GATEHOUSE_LEASE_TTL_MS: field.int({ min: 1_000, max: 600_000, fallback: 30_000 }),
  /** How much longer a lease may be silent before it is quarantined. */
  GATEHOUSE_LEASE_MARGIN_MS: field.int({ min: 0, max: 600_000, fallback: 15_000 }),
  /** How often silent leases, and events that wait to be recorded, are looked for. */
  GATEHOUSE_LEASE_SWEEP_MS: field.int({ min: 100, max: 60_000, fallback: 1_000 }),
  /** The networks and names that webhooks may lead to beside the public internet. */
  GATEHOUSE_PRIVATE_HOSTS: field.privateHosts(),
  /** How long after a webhook was not taken it is sent again; each wait after is six times as long, a day at most. */
  GATEHOUSE_WEBHOOK_RETRY_MS: field.int({ min: 10, max: 3_600_000, fallback: 5_000 }),
  /** How long a receiver may take nothing before its webhook is disabled. */
  GATEHOUSE_WEBHOOK_DISABLE_AFTER_MS: field.int({ min: 100, max: 2_592_000_000, fallback: 432_000_000 }),
};

export const readMeteringConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type MeteringConfig = ReturnType<typeof readMeteringConfig>;
