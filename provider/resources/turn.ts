/**
 * A Pulumi program declares most of its resources in one turn of the event loop. Those of this package wait for the
 * end of that turn before they are registered, so that nothing is made of a program of which a later part is refused.
 */

let refusal: Error | undefined;

/**
 * Runs a check. What it throws also stops the resources that the program declared before in the same turn of the
 * event loop, so that nothing is made of a program of which a part is refused.
 */
export function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    refusal = error as Error; // the same object, which Pulumi therefore reports once
    setImmediate(() => {
      refusal = undefined;
    });
    throw error;
  }
}

let turn: Promise<void> | undefined;

/** Settles when the program has declared all that it declares without waiting: fails if any of that was refused. */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve, reject) => {
    setImmediate(() => {
      turn = undefined;
      if (refusal === undefined) {
        resolve();
      } else {
        reject(refusal);
      }
    });
  });
  return turn;
}
