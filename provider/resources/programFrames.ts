import { dirname, sep } from "node:path";

/** A frame of a stack as V8 tells of it. */
interface Frame extends NodeJS.CallSite {
  toString(): string;
}

/** What V8 is told of stacks. */
interface StackSettings {
  stackTraceLimit: number;
  prepareStackTrace?: ((error: Error, frames: NodeJS.CallSite[]) => unknown) | undefined;
}

/** The folder of this package's code. */
const OWN = `${dirname(__dirname)}${sep}`;

/** The frames that the SDK leaves out, because they are those of its own constructors and of the resource's class. */
const SDK_FRAMES = 5;
const LEFT_OUT = Array<string>(SDK_FRAMES).fill("    at the constructor of a resource");

/**
 * Lets the SDK see only the program's frames until the returned function is called. The SDK records every frame of a resource's
 * declaration, and the engine writes all of them with each step. Those of this package, and of what loaded the program, tell nobody
 * anything. The first frame that the SDK takes is the line that declares the resource. With this package's frames it would be a line
 * of this package.
 */
export function showProgramFrames(): () => void {
  const settings: StackSettings = Error;
  const { stackTraceLimit, prepareStackTrace } = settings;
  const formatted = prepareStackTrace ?? plainStack;
  // The SDK raises the limit for the frames that it records. Without one, it also keeps a stack for each property, for its message
  // about promises that never settle. Creating those stacks takes longer than everything else in a declaration.
  settings.stackTraceLimit = 0;
  settings.prepareStackTrace = (error, frames) => {
    const [first = "", ...lines] = String(formatted(error, programFrames(frames))).split("\n");
    return [first, ...LEFT_OUT, ...lines].join("\n");
  };
  return () => {
    Object.assign(settings, { stackTraceLimit, prepareStackTrace });
  };
}

/** The frames from the program's declaration up to where Node called the program. */
function programFrames(frames: readonly NodeJS.CallSite[]): NodeJS.CallSite[] {
  const callers = frames.slice(SDK_FRAMES).filter((frame) => !fileOf(frame).startsWith(OWN));
  const end = callers.findIndex((frame) => fileOf(frame).startsWith("node:"));
  return end === -1 ? callers : callers.slice(0, end);
}

function fileOf(frame: NodeJS.CallSite): string {
  return frame.getFileName() ?? "";
}

/** A stack as V8 writes it. */
function plainStack(error: Error, frames: readonly Frame[]): string {
  return [String(error), ...frames.map((frame) => `    at ${frame.toString()}`)].join("\n");
}
