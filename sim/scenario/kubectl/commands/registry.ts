import type { KubectlCommand } from "../command.ts";
import { apply } from "./apply.ts";
import { autoscale } from "./autoscale.ts";
import { create, createDeployment, createNamespace } from "./create.ts";
import { remove } from "./delete.ts";
import { drain } from "./drain.ts";
import { expose } from "./expose.ts";
import { annotate, label } from "./metadata.ts";
import { cordon, taint, uncordon } from "./nodes.ts";
import { patch } from "./patch.ts";
import { pause, restart, resume, undo } from "./rollout.ts";
import { scale } from "./scale.ts";
import { setImage } from "./set-image.ts";

/** Every kubectl command that scenarios can use. */
export const kubectlCommands: readonly KubectlCommand[] = [
  annotate,
  apply,
  autoscale,
  cordon,
  create,
  createDeployment,
  createNamespace,
  remove,
  drain,
  expose,
  label,
  patch,
  pause,
  restart,
  resume,
  undo,
  scale,
  setImage,
  taint,
  uncordon,
];
