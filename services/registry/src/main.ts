import 'reflect-metadata';
import { runService } from '@gatehouse/platform';
import { readRegistryConfig } from './registry.config';
import { REGISTRY_SERVICES, RegistryModule } from './registry.module';

void runService({
  name: 'registry',
  readConfig: readRegistryConfig,
  module: (config) => RegistryModule.forConfig(config),
  services: REGISTRY_SERVICES,
});
