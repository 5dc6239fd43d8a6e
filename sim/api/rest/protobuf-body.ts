import { badRequest } from "../api-error.ts";
import type { BodyTarget } from "./body.ts";

export function decodeProtobuf(_body: unknown, _target: BodyTarget): unknown {
  throw badRequest("protobuf");
}
