import type { PcscRequest } from "./pcscMessages";
import { PcscService } from "./pcscService";

// The PC/SC process: see pcscProcess.ts.
const parent = process.ppid;
// A request may arrive before the news that its sender is gone. The parent's process id tells at once.
const service = new PcscService(() => process.ppid !== parent);

process.on("message", (request: PcscRequest) => {
  void service.answer(request).then((reply) => {
    // The sender may be gone by now.
    process.send?.(reply, undefined, undefined, () => undefined);
  });
});
process.on("disconnect", () => {
  // A plain exit would wait for the card, which may wait for a touch.
  process.kill(process.pid, "SIGKILL");
});
// The process that it works for ends it, after anything that it still has to finish.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => undefined);
}
