import { awskmsInit } from "../engine/initTools";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import { rotatesTakenOver } from "./rotatesTakenOver";

rotatesTakenOver({
  name: "step-awskms-init",
  skip: missing("ministack", "step-awskms-init"),
  start: () => awsWorld(),
  make: awskmsInit,
  sign: "Sign",
});
