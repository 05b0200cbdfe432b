// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/gateway/v1/egress_service';
export * from './gen/gatehouse/gateway/v1/journal';
export * from './gen/gatehouse/gateway/v1/key_custody_service';
