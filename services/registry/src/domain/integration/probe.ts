import { dialectFacts, type Probe, type Probes } from '@gatehouse/offering';
import type { Provider } from './provider';

/** What is called, as far as it decides where models are listed. */
export interface Probed {
  readonly local: boolean;
  readonly dialect: string;
}

/** A server of the organization's own is asked as its dialect is; a provider as its row says. */
export const probesOf = (
  { dialects, probes }: Pick<Provider, 'dialects' | 'probes'>,
  { local, dialect }: Probed,
): Probes => {
  if (local) return dialectFacts(dialect).probes ?? {};
  return probes ?? dialectFacts(dialects[0]).probes ?? {};
};

/** The path with the form's fields in it. */
export const filledProbe = (probe: Probe, fields: Readonly<Record<string, string>>): Probe => ({
  ...probe,
  path: probe.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(fields[name] ?? '')),
});
