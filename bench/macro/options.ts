/** Reads the command line of a benchmark; what is wrong with it is said in one line. */

export function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${option} must be a number above 0, not ${text}`);
  return value;
}

/** The names in a comma-separated list, or undefined without one; a name that is not `known` is an error. */
export function choose(option: string, text: string | undefined, known: readonly string[]): string[] | undefined {
  const chosen = text?.split(',');
  for (const name of chosen ?? []) {
    if (!known.includes(name)) throw new Error(`${option}: no ${name}; there are ${known.join(', ')}`);
  }
  return chosen;
}
