import { AppError } from '@gatehouse/kernel';
import type { Integration, LiveIntegration } from './integration';

/** NOT_FOUND `INTEGRATION_UNKNOWN` where there never was one; REFUSED `INTEGRATION_DELETED` where there was. */
export const liveIntegration = (integration: Integration): LiveIntegration => {
  switch (integration.status) {
    case 'absent':
    case 'abandoned':
      throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    case 'deleted':
      throw new AppError('REFUSED', 'INTEGRATION_DELETED');
    case 'connected':
      return integration;
  }
};
