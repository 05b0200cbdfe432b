import { invalidRequest, Refusal } from '../../domain/refusal';

/** The gateways that a request has passed, the first one first; each tells the next. */
export const HOPS_HEADER = 'x-gatehouse-hops';

const HOPS_MAX = 8;
const HOPS = /^[0-9a-f]{16}(,[0-9a-f]{16})*$/;

/**
 * The header to send on. Throws Refusal `loop_detected` where this gateway is in it already, or too many are: an
 * integration leads back to where its calls come from. `invalid_request` for what no gateway writes.
 */
export const hopsThrough = (gatewayId: string, header: string | undefined): string => {
  if (header === undefined || header === '') return gatewayId;
  if (header.length > 17 * HOPS_MAX || !HOPS.test(header))
    throw invalidRequest(`'${HOPS_HEADER}' is none.`, HOPS_HEADER);
  const passed = header.split(',');
  if (passed.includes(gatewayId) || passed.length >= HOPS_MAX) {
    const message = 'The request has come here before: the integration leads back to the gateway.';
    throw new Refusal('loop_detected', message);
  }
  return [...passed, gatewayId].join(',');
};
