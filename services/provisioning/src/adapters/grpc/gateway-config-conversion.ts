import { provisioningV1 } from '@gatehouse/proto-gen';
import type { VersionedEntry } from '../../app/gateway-config/gateway-config.ports';
import type { ConfigPart } from '../../app/gateway-config/watch-config';

/** The next part is asked for when the response before has been taken. */
export async function* toProtoWatchResponses(
  parts: AsyncIterable<ConfigPart>,
): AsyncGenerator<provisioningV1.WatchResponse, void, undefined> {
  for await (const { entries, ...part } of parts) yield { ...part, entries: entries.map(toProtoConfigEntry) };
}

const toProtoConfigEntry = ({ id, encoded }: VersionedEntry): provisioningV1.ConfigEntry =>
  encoded ? provisioningV1.ConfigEntry.decode(encoded) : { id, value: undefined, needs: [], governs: '' };
