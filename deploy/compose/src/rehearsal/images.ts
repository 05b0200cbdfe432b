import { succeeds } from './command';
import { STAND_INS, type StandInName } from './stand-ins';

/** The images that docker-compose.yml names, by the variable that names another. */
const IMAGES = {
  NODE_IMAGE: 'node:24-bookworm-slim',
  POSTGRES_IMAGE: 'postgres:18-bookworm',
  KAFKA_IMAGE: 'apache/kafka:4.3.1',
  EVENTSTOREDB_IMAGE: 'eventstore/eventstore:23.10.1-bookworm-slim',
} as const;
type ImageVariable = keyof typeof IMAGES;

const STAND_IN: Readonly<Partial<Record<ImageVariable, StandInName>>> = {
  NODE_IMAGE: 'node',
  POSTGRES_IMAGE: 'postgres',
  KAFKA_IMAGE: 'kafka',
};

const PULL_WITHIN_MS = 600_000;

/** The image to use for each variable; EventStoreDB's is absent where it cannot be had. */
export type ChosenImages = Readonly<Partial<Record<ImageVariable, string>>>;

/**
 * An image that the environment names, one that is there or can be pulled, else one made on the spot from what the
 * machine has. Only EventStoreDB has no stand-in.
 */
export const chooseImages = async (report: (text: string) => void): Promise<ChosenImages> => {
  const chosen: Partial<Record<ImageVariable, string>> = {};
  for (const [variable, official] of Object.entries(IMAGES) as [ImageVariable, string][]) {
    const image = process.env[variable] ?? official;
    const standIn = STAND_IN[variable];
    const pulled =
      (await isThere(image)) ||
      (await succeeds('docker', ['pull', '--quiet', image], { timeoutMs: PULL_WITHIN_MS }));
    if (pulled) {
      chosen[variable] = image;
    } else if (standIn && !process.env[variable]) {
      chosen[variable] = await standInFor(standIn, image, report);
    } else if (variable !== 'EVENTSTOREDB_IMAGE') {
      throw new Error(`${image} (${variable}) is not here and cannot be pulled`);
    }
  }
  return chosen;
};

const standInFor = async (
  name: StandInName,
  image: string,
  report: (text: string) => void,
): Promise<string> => {
  const { tag, make } = STAND_INS[name];
  if (await isThere(tag)) {
    report(`${image} cannot be pulled: ${tag}, made earlier, stands in`);
    return tag;
  }
  report(`${image} cannot be pulled: making ${tag} from what this machine has`);
  return make(report);
};

const isThere = (image: string): Promise<boolean> => succeeds('docker', ['image', 'inspect', image]);
