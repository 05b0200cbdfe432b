import { callerFields, commandFields, field, readConfig } from '@gatehouse/config';

const fields = {
  ...commandFields,
  ...callerFields,
  /** Provisioning decides on resets that want a second admin. */
  GATEHOUSE_PROVISIONING_ADDRESS: field.address(),
  /** How long a lease may admit, from the first sending of its ask. */
  GATEHOUSE_LEASE_TTL_MS: field.int({ min: 1_000, max: 600_000, fallback: 30_000 }),
  /** How much longer a lease may be silent before it is quarantined. */
  GATEHOUSE_LEASE_MARGIN_MS: field.int({ min: 0, max: 600_000, fallback: 15_000 }),
  /** How often silent leases, and events that wait to be recorded, are looked for. */
  GATEHOUSE_LEASE_SWEEP_MS: field.int({ min: 100, max: 60_000, fallback: 1_000 }),
};

export const readMeteringConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type MeteringConfig = ReturnType<typeof readMeteringConfig>;
