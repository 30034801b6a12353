/** Runs of the same work on several brokers, taking turns, so that a disturbance does not always hit the same one. */

export interface Runs<T> {
  workload: string;
  broker: string;
  title: string;
  results: T[];
  /** Why the last failed run gave no result. */
  failure?: string;
}

export interface Named {
  readonly name: string;
  readonly title: string;
}

/** The order of a turn: reversed every other time. */
export const inTurn = <K>(taking: readonly K[], turn: number): readonly K[] =>
  turn % 2 === 0 ? taking : taking.toReversed();

/**
 * Runs each broker `repeat` times, with the order reversed each time, and says on the terminal how it went. `describe`
 * gives the figure of a run for that line. A failed run is noted and makes the process exit 1 in the end.
 */
export async function takeTurns<T, K extends Named>(
  work: string,
  taking: readonly K[],
  repeat: number,
  run: (kind: K) => Promise<T>,
  describe: (result: T) => string,
): Promise<Runs<T>[]> {
  const all = taking.map((kind): Runs<T> => ({ workload: work, broker: kind.name, title: kind.title, results: [] }));
  for (let turn = 0; turn < repeat; turn++) {
    for (const kind of inTurn(taking, turn)) {
      const runs = all[taking.indexOf(kind)]!;
      const label = `${work}, ${kind.title}, ${turn + 1} of ${repeat}`;
      try {
        const result = await run(kind);
        runs.results.push(result);
        console.log(`${label}: ${describe(result)}`);
      } catch (error) {
        runs.failure = (error as Error).message;
        console.log(`${label}: FAILED: ${runs.failure}`);
        process.exitCode = 1;
      }
    }
  }
  return all;
}
