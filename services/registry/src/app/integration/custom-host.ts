import { describeHostRefusal, type HostGuard, type HostRefusal } from '@gatehouse/hosts';
import { type FieldViolation, invalidField } from '@gatehouse/kernel';
import type { Provider } from '../../domain/integration/provider';

export type CustomHost =
  /** `url` is absent where the integration names no host of its own. */
  | { readonly ok: true; readonly url?: URL }
  /** Never quotes the host: it may hold a password. */
  | { readonly ok: false; readonly fault: FieldViolation };

const CUSTOM_HOST = 'custom_host';

/** Judges what an integration names as its host by its text, and whether its provider lets it. */
export const parseCustomHost = (
  raw: string,
  { customHost }: Pick<Provider, 'customHost'>,
  hosts: HostGuard,
): CustomHost => {
  if (raw === '') return customHost === 'required' ? refused('is required') : { ok: true };
  if (customHost === 'refused') return refused('is not possible with this provider');
  return parseHost(raw, hosts);
};

/** The same of a host that any provider lets one name, e.g. a model's. */
export const parseHost = (raw: string, hosts: HostGuard, field = CUSTOM_HOST): CustomHost => {
  const parsed = hosts.parse(raw);
  return parsed.ok ? parsed : { ok: false, fault: faultOf(parsed.refusal, field) };
};

/**
 * Judges every address that the host has now. The gateway judges again whatever it dials: this is to tell the admin at
 * once. Errors: INVALID `REQUEST_INVALID`.
 */
export const assertAddressesAllowed = async (
  url: URL,
  hosts: HostGuard,
  field = CUSTOM_HOST,
): Promise<void> => {
  const refusal = await hosts.resolve(url);
  if (refusal !== undefined) throw invalidField(field, describeHostRefusal(refusal));
};

/** A base URL as integrations keep it: without its trailing slashes. */
export const baseUrlOf = ({ origin, pathname }: URL): string => `${origin}${pathname.replace(/\/+$/, '')}`;

const faultOf = (refusal: HostRefusal, field: string): FieldViolation => ({
  field,
  description: describeHostRefusal(refusal),
});

const refused = (description: string): CustomHost => ({
  ok: false,
  fault: { field: CUSTOM_HOST, description },
});
