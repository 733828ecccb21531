import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import { losesKeys } from "./losesKeys";

losesKeys({ name: "AWS KMS", skip: missing("ministack"), start: () => awsWorld(), sign: "Sign" });
