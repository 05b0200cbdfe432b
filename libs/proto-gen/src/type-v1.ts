// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/type/v1/actor';
export * from './gen/gatehouse/type/v1/catalog';
export * from './gen/gatehouse/type/v1/connection';
export * from './gen/gatehouse/type/v1/deployment';
export * from './gen/gatehouse/type/v1/limit';
export * from './gen/gatehouse/type/v1/model';
export * from './gen/gatehouse/type/v1/model_decisions';
export * from './gen/gatehouse/type/v1/price';
export * from './gen/gatehouse/type/v1/provider';
export * from './gen/gatehouse/type/v1/secret';
export * from './gen/gatehouse/type/v1/usage_replay';
