import type { Clock } from '@gatehouse/kernel';
import type { OutputSettings } from '../domain/bound';
import type { Experiences } from '../domain/experience';
import type { Admission } from './admission';
import type { Credentials, Journal, Ledger, TokenCounter, Upstream } from './gateway.ports';
import type { IntegrationHealth } from './integration-health';
import type { Traffic } from './traffic';

export interface CallSettings extends OutputSettings {
  readonly answerBytesMax: number;
  /** Milliseconds. */
  readonly requestDeadlineMs: number;
}

export interface CallParts {
  readonly admission: Admission;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly credentials: Credentials;
  readonly upstream: Upstream;
  readonly health: IntegrationHealth;
  readonly experiences: Experiences;
  readonly tokens: TokenCounter;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly settings: CallSettings;
}
