// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/provisioning/v1/access_service';
export * from './gen/gatehouse/provisioning/v1/api_key_service';
export * from './gen/gatehouse/provisioning/v1/approval_service';
export * from './gen/gatehouse/provisioning/v1/auto_provision_service';
export * from './gen/gatehouse/provisioning/v1/bulk_provision_service';
export * from './gen/gatehouse/provisioning/v1/gateway_config_service';
export * from './gen/gatehouse/provisioning/v1/limit_service';
export * from './gen/gatehouse/provisioning/v1/member_service';
export * from './gen/gatehouse/provisioning/v1/organization_service';
export * from './gen/gatehouse/provisioning/v1/preview_service';
export * from './gen/gatehouse/provisioning/v1/provision_service';
export * from './gen/gatehouse/provisioning/v1/session_service';
export * from './gen/gatehouse/provisioning/v1/workspace_service';
