// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/events/v1/metering_events';
export * from './gen/gatehouse/events/v1/provisioning_events';
export * from './gen/gatehouse/events/v1/registry_events';
export * from './gen/gatehouse/events/v1/usage_events';
