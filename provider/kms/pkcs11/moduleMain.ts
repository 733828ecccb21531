import type { ModuleRequest } from "./moduleMessages";
import { ModuleService } from "./moduleService";

// The process of a module: see moduleProcess.ts.
const parent = process.ppid;
// A request may arrive before the news that the requesting process is gone; its process ID shows that at once.
const service = new ModuleService(() => process.ppid !== parent);

process.on("message", (request: ModuleRequest) => {
  // The requesting process may be gone by now.
  process.send?.(service.answer(request), undefined, undefined, () => undefined);
});
process.on("disconnect", () => {
  // A normal exit would run the module's exit handlers, which may hang.
  process.kill(process.pid, "SIGKILL");
});
// It ends with its parent process, which may have something to finish.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => undefined);
}
