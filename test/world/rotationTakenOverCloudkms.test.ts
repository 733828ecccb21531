// It must come first.
import { cloudWorld } from "./cloudWorld";
import { cloudkmsInit } from "../engine/initTools";
import { missing } from "../tools";
import { rotatesTakenOver } from "./rotatesTakenOver";

rotatesTakenOver({
  name: "step-cloudkms-init",
  skip: missing("step-cloudkms-init"),
  start: () => cloudWorld(),
  make: cloudkmsInit,
  sign: "AsymmetricSign",
});
