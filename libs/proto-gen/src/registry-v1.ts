// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/registry/v1/catalog_service';
export * from './gen/gatehouse/registry/v1/draft_service';
export * from './gen/gatehouse/registry/v1/health_service';
export * from './gen/gatehouse/registry/v1/integration_service';
export * from './gen/gatehouse/registry/v1/proposal_service';
export * from './gen/gatehouse/registry/v1/secret_reference_service';
export * from './gen/gatehouse/registry/v1/vault_service';
