import { getMonitor } from "../pulumi";

/**
 * A Pulumi program declares most of its resources in one turn of the event loop. The resources of this package wait for
 * the end of that turn before they are registered, so that nothing is made if a later part of the program is refused.
 */
interface Turn {
  refusal?: Error | undefined;
  end?: Promise<void> | undefined;
}

/** By the engine's monitor, because a plugin may run several components at once. */
const turns = new WeakMap<object, Turn>();

function presentTurn(): Turn {
  const monitor: object = getMonitor() ?? turns;
  const turn = turns.get(monitor) ?? {};
  turns.set(monitor, turn);
  return turn;
}

/**
 * Runs a check. Its error also stops the resources that the program declared earlier in the same turn of the event
 * loop, so that nothing is made if any part of the program is refused.
 */
export function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    const turn = presentTurn();
    turn.refusal = error as Error; // the same object, so Pulumi reports it once
    setImmediate(() => {
      turn.refusal = undefined;
    });
    throw error;
  }
}

/**
 * Settles when the program has declared everything that it declares without waiting. Fails if any of that was refused.
 */
export function endOfTurn(): Promise<void> {
  const turn = presentTurn();
  turn.end ??= new Promise((resolve, reject) => {
    setImmediate(() => {
      turn.end = undefined;
      if (turn.refusal === undefined) {
        resolve();
      } else {
        reject(turn.refusal);
      }
    });
  });
  return turn.end;
}
