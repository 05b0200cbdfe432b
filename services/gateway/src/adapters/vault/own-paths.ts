const NAMES_A_PATH = /^GATEHOUSE_\w+_(FILE|DIR|PATH)$/;

/**
 * The files and directories that our settings name: keys, certificates, tokens, the journal. What a setting of tomorrow
 * names is among them by its name.
 */
export const ownPathsIn = (settings: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    NAMES_A_PATH.test(name) && typeof value === 'string' && value !== ''
      ? value.split(',').map((path) => path.trim())
      : [],
  );
