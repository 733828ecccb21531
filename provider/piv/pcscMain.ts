import type { PcscRequest } from "./pcscMessages";
import { PcscService } from "./pcscService";

// The PC/SC process: see pcscProcess.ts.
const parent = process.ppid;
// What was asked may be read before the news that whoever asked has gone; its number tells at once.
const service = new PcscService(() => process.ppid !== parent);

process.on("message", (request: PcscRequest) => {
  void service.answer(request).then((reply) => {
    // Whoever asked may be gone by now.
    process.send?.(reply, undefined, undefined, () => undefined);
  });
});
process.on("disconnect", () => {
  // A mere exit waits for the card, which may wait for a touch.
  process.kill(process.pid, "SIGKILL");
});
// It ends with the process that it works for, which may have something to finish.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => undefined);
}
