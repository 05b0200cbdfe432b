import 'reflect-metadata';
import { runService } from '@gatehouse/platform';
import { PROVISIONING_SERVICES } from './adapters/grpc/services';
import { readProvisioningConfig } from './provisioning.config';
import { ProvisioningModule } from './provisioning.module';

void runService({
  name: 'provisioning',
  readConfig: readProvisioningConfig,
  module: (config) => ProvisioningModule.forConfig(config),
  services: PROVISIONING_SERVICES,
});
