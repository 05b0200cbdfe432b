import 'reflect-metadata';
import { runService } from '@gatehouse/platform';
import { readMeteringConfig } from './metering.config';
import { METERING_SERVICES, MeteringModule } from './metering.module';

void runService({
  name: 'metering',
  readConfig: readMeteringConfig,
  module: (config) => MeteringModule.forConfig(config),
  services: METERING_SERVICES,
});
