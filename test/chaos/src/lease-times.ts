/** Metering's settings: a stopped gateway is past its deadline within seconds, so that minutes have many faults. */
export const LEASE_SETTINGS = { GATEHOUSE_LEASE_TTL_MS: '5000', GATEHOUSE_LEASE_MARGIN_MS: '3000' };

/** A lease of which nothing was heard for so long is quarantined. */
export const LEASE_MS = 8_000;
