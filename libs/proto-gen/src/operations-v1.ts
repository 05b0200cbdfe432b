// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/operations/v1/key_use_service';
export * from './gen/gatehouse/operations/v1/projection_service';
