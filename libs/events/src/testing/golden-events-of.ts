import type { EventCodec } from '@gatehouse/event-store';
import { goldenEventsContract } from '@gatehouse/event-store/testing';
import { type SERVICES, type ServiceName, STREAM_EVENTS } from '@gatehouse/topology';
import { EVENTS } from '../events';

type OwnPrefix<Service extends ServiceName> = (typeof SERVICES)[Service]['streams'][number];

export interface ServiceEvents<Service extends ServiceName> {
  /** Of each kind of stream that the service owns. */
  readonly codecs: {
    readonly [Prefix in OwnPrefix<Service>]: EventCodec<{
      readonly type: (typeof STREAM_EVENTS)[Prefix][number];
    }>;
  };
  /** Where the golden files are. */
  readonly directory: string;
}

/** The golden contract over all that a service records: every event that its streams may hold, in every version. */
export const goldenEventsOf = <Service extends ServiceName>(
  service: Service,
  { codecs, directory }: ServiceEvents<Service>,
): void => {
  const ofPrefix = Object.entries<EventCodec<{ readonly type: string }>>(codecs);

  it.each(ofPrefix)(`${service}'s streams %s hold what their codec writes`, (prefix, { types }) => {
    expect([...types].sort()).toEqual([...STREAM_EVENTS[prefix as OwnPrefix<Service>]].sort());
  });

  goldenEventsContract({ language: EVENTS, codecs: ofPrefix.map(([, codec]) => codec), directory });
};
