export * as auditV1 from './audit-v1';
export * as eventsV1 from './events-v1';
export * as gatewayV1 from './gateway-v1';
export * as meteringV1 from './metering-v1';
export * as operationsV1 from './operations-v1';
export * as provisioningV1 from './provisioning-v1';
export * as registryV1 from './registry-v1';
export * as typeV1 from './type-v1';
