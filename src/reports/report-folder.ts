const longestName = 150;

/** Name of the folder that a comparison is written to. */
export function comparisonFolder(runIds: readonly string[]): string {
  return folderName(`compare-${[...new Set(runIds)].join('-')}`);
}

/** A name that stays one folder within its parent, whatever an imported run calls itself. */
export function folderName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, longestName);
  return /^\.*$/.test(safe) ? '_' : safe;
}
