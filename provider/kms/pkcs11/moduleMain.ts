import { serveParent } from "../workerProcess";
import { ModuleService } from "./moduleService";

// The process of a module: see moduleProcess.ts.
serveParent((isOrphaned) => new ModuleService(isOrphaned));
