/**
 * A Pulumi program declares most of its resources in one turn of the event loop. The resources of this package wait for
 * the end of that turn before they are registered, so that nothing is made if a later part of the program is refused.
 */

let refusal: Error | undefined;

/**
 * Runs a check. Its error also stops the resources that the program declared earlier in the same turn of the event
 * loop, so that nothing is made if any part of the program is refused.
 */
export function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    refusal = error as Error; // the same object, so Pulumi reports it once
    setImmediate(() => {
      refusal = undefined;
    });
    throw error;
  }
}

let turn: Promise<void> | undefined;

/**
 * Settles when the program has declared everything that it declares without waiting. Fails if any of that was refused.
 */
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
