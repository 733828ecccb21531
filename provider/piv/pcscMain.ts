import { serveParent } from "../kms/workerProcess";
import { PcscService } from "./pcscService";

// The PC/SC process: see pcscProcess.ts.
serveParent((isOrphaned) => new PcscService(isOrphaned));
