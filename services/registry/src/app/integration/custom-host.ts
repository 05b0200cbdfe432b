import { describeHostRefusal, type HostGuard, type HostRefusal } from '@gatehouse/hosts';
import { type FieldViolation, invalidField } from '@gatehouse/kernel';
import type { Provider } from '../../domain/integration/provider';

export type CustomHost =
  /** `url` is absent where the integration names no host of its own. */
  | { readonly ok: true; readonly url?: URL }
  /** Never quotes the host: it may hold a password. */
  | { readonly ok: false; readonly fault: FieldViolation };

/** Judges what an integration names as its host by its text, and whether its provider lets it. */
export const parseCustomHost = (
  raw: string,
  { customHost }: Pick<Provider, 'customHost'>,
  hosts: HostGuard,
): CustomHost => {
  if (raw === '') return customHost === 'required' ? refused('is required') : { ok: true };
  if (customHost === 'refused') return refused('is not possible with this provider');
  const parsed = hosts.parse(raw);
  return parsed.ok ? parsed : { ok: false, fault: faultOf(parsed.refusal) };
};

/**
 * Judges every address that the host has now. The gateway judges again whatever it dials: this is to tell the admin at
 * once. Errors: INVALID `REQUEST_INVALID`.
 */
export const assertAddressesAllowed = async (url: URL, hosts: HostGuard): Promise<void> => {
  const refusal = await hosts.resolve(url);
  if (refusal === undefined) return;
  const { field, description } = faultOf(refusal);
  throw invalidField(field, description);
};

/** A base URL as integrations keep it: without its trailing slashes. */
export const baseUrlOf = ({ origin, pathname }: URL): string => `${origin}${pathname.replace(/\/+$/, '')}`;

const faultOf = (refusal: HostRefusal): FieldViolation => violation(describeHostRefusal(refusal));

const refused = (description: string): CustomHost => ({ ok: false, fault: violation(description) });

const violation = (description: string): FieldViolation => ({ field: 'custom_host', description });
