import type { Configuration, Key } from './configuration';
import type { Surface } from './surfaces/surface';
import { type Addressed, type Way, wayOf } from './way';

const EVERY: Pick<ReadonlySet<string>, 'has'> = { has: () => true };
/** Ways that are kept at once. */
const KEPT_MAX = 16_384;

/** A way that was found, and how long it holds: in milliseconds of the wall clock, until the end and without it. */
interface Prepared {
  readonly surface: Surface;
  readonly provider: string | undefined;
  readonly way: Way;
  readonly from: number;
  readonly until: number;
}

/**
 * Ways as `wayOf` finds them, found once for all calls that are addressed alike: they are kept until the configuration changes, in
 * whatever it is, or the time comes at which a provision of the workspace ends. What is refused is found anew each time, and so are
 * models that nobody knows, of which callers have as many as they can think of.
 */
export class PreparedWays {
  /** Integrations whose servers were found not to know `stream_options`, whatever the catalog says. */
  private readonly refusing = new Set<string>();
  private configuration: Configuration | undefined;
  private generation = 0;
  /** By key and the model that is asked for. */
  private ways = new Map<Key, Map<string, Prepared[]>>();
  private kept = 0;

  /** @param keptMax ways that are kept at once: those beyond begin anew with none. */
  constructor(private readonly keptMax = KEPT_MAX) {}

  /** Throws Refusal as `wayOf` does. */
  of(configuration: Configuration, key: Key, addressed: Addressed, at: Date): Way {
    if (configuration !== this.configuration || configuration.generation !== this.generation) {
      this.forgetAll();
      this.configuration = configuration;
      this.generation = configuration.generation;
    }
    const now = at.getTime();
    const alike = this.ways.get(key)?.get(addressed.model) ?? NONE;
    for (const { surface, provider, way, from, until } of alike)
      if (surface === addressed.surface && provider === addressed.provider && from <= now && now < until)
        return way;
    const way = wayOf(configuration, key, addressed, at, this.refusing);
    if (way.route.model.known) this.keep(key, addressed, way, steadyAround(configuration, key, now));
    return way;
  }

  /** The same as if its servers did not know `stream_options`, which is to be tried. Errors as `of`. */
  withoutStreamOptions(configuration: Configuration, key: Key, addressed: Addressed, at: Date): Way {
    return wayOf(configuration, key, addressed, at, EVERY);
  }

  /** Its servers were found not to know `stream_options`. */
  noteWithoutStreamOptions(integrationId: string): void {
    this.refusing.add(integrationId);
    this.forgetAll();
  }

  private keep(key: Key, { surface, provider, model }: Addressed, way: Way, [from, until]: Span): void {
    if (this.kept >= this.keptMax) this.forgetAll();
    const ofKey = this.ways.get(key) ?? new Map<string, Prepared[]>();
    this.ways.set(key, ofKey);
    const others = (ofKey.get(model) ?? NONE).filter(
      (prepared) => prepared.surface !== surface || prepared.provider !== provider,
    );
    this.kept += others.length + 1 - (ofKey.get(model)?.length ?? 0);
    ofKey.set(model, [...others, { surface, provider, way, from, until }]);
  }

  private forgetAll(): void {
    this.ways = new Map();
    this.kept = 0;
  }
}

const NONE: readonly Prepared[] = [];

type Span = readonly [from: number, until: number];

/** Around a time, in milliseconds of the wall clock: no provision of the key's workspace ends in between. */
const steadyAround = (configuration: Configuration, { workspaceId }: Key, now: number): Span => {
  let from = -Infinity;
  let until = Infinity;
  for (const { expiresAt } of configuration.provisionsIn(workspaceId)) {
    if (!expiresAt) continue;
    const end = expiresAt.getTime();
    if (end <= now) from = Math.max(from, end);
    else until = Math.min(until, end);
  }
  return [from, until];
};
