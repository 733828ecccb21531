/** Writes the SDK for Python anew, and the other SDKs and its wheel to dist/sdks: `make sdks`. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../engine/project";
import { buildWheel, generateSdk, PYTHON_SDK } from "./sdk";

const SDKS = join(CHECKOUT, "dist", "sdks");

rmSync(SDKS, { recursive: true, force: true });
generateSdk("nodejs", join(SDKS, "nodejs"));
generateSdk("go", join(SDKS, "go"));
generateSdk("python", PYTHON_SDK);
buildWheel(SDKS);
