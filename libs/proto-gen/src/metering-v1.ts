// Every file of the proto package, under one name. The only place where `export *` is allowed.
export * from './gen/gatehouse/metering/v1/books_service';
export * from './gen/gatehouse/metering/v1/budget_service';
export * from './gen/gatehouse/metering/v1/journal_service';
export * from './gen/gatehouse/metering/v1/lease_service';
export * from './gen/gatehouse/metering/v1/ledger_service';
export * from './gen/gatehouse/metering/v1/usage_service';
export * from './gen/gatehouse/metering/v1/webhook_service';
