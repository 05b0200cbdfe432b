import { attemptToConsume, attemptToPublish, kafkaBrokers, type KafkaSettings } from '@gatehouse/bus-kafka';
import { busFields, readConfig } from '@gatehouse/config';
import { factsOf, isServiceName, kafkaUserOf, type TopicKey, TOPICS } from '@gatehouse/topology';

/** One thing that a service should not be able to do, and what the broker called its refusal. */
export interface BusAttempt {
  readonly what: string;
  readonly refusal?: string | undefined;
}

/**
 * `bus-attempts.js SERVICE`, run in a service's container and with its settings: tries all that its user may not do with
 * topics, and prints what came of it as JSON.
 */
const main = async (name: string): Promise<readonly BusAttempt[]> => {
  if (!isServiceName(name)) throw new Error(`${name} is no service`);
  const {
    GATEHOUSE_BUS: bus,
    GATEHOUSE_BUS_PASSWORD: password,
    GATEHOUSE_BUS_CA_FILE: ca,
  } = readConfig(busFields);
  if (password === undefined || ca === undefined) throw new Error('there is no user to try things as');
  const settings: KafkaSettings = {
    brokers: kafkaBrokers(bus),
    tls: { ca },
    user: { name: kafkaUserOf(name), password },
  };
  const { publishes, consumes } = factsOf(name);
  const attempts: BusAttempt[] = [];
  for (const [key, { name: topic }] of Object.entries(TOPICS) as [TopicKey, { name: string }][]) {
    if (!publishes.includes(key)) {
      attempts.push({ what: `publish to ${topic}`, refusal: await attemptToPublish(settings, topic) });
    }
    if (!consumes.includes(key)) {
      const refusal = await attemptToConsume(settings, { group: `${name}.rehearsal`, topic });
      attempts.push({ what: `consume ${topic}`, refusal });
    }
  }
  return attempts;
};

main(process.argv[2] ?? '').then(
  (attempts) => console.log(JSON.stringify(attempts)),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
