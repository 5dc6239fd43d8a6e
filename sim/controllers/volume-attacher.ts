import type { Client } from "../api/client.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "../api/meta/finalizers.ts";
import { keyOf } from "../api/object.ts";
import { type Micros, parseSpan, SECOND } from "../engine/time.ts";
import type { Controller } from "./runtime/controller.ts";

/** Annotation of a CSIDriver: how long it takes to attach or detach a volume. */
const DELAY = "ksim.dev/attach-delay";
const DEFAULT_DELAY: Micros = SECOND;

/** Stands for the external attachers of all CSI drivers: attaches what is asked for, and detaches what is deleted. */
export function volumeAttacher(): Controller {
  return {
    name: "volume-attacher",
    eventSource: "external-attacher",
    for: "VolumeAttachment",
    reads: ["CSIDriver"],
    observe(kind, after, before, memory) {
      if (kind === "VolumeAttachment" && after === undefined && before !== undefined)
        memory.delete(keyOf(before));
    },
    reconcile(key, { client, memory, now }) {
      const attachment = client.get("VolumeAttachment", key);
      if (attachment === undefined) return undefined;
      const { metadata, spec, status } = attachment;
      const finalizer = `external-attacher/${spec.attacher.replaceAll(".", "-")}`;
      const held = hasFinalizer(attachment, finalizer);
      const going = metadata.deletionTimestamp !== undefined;
      if (!going && !held) {
        client.update("VolumeAttachment", withFinalizer(attachment, finalizer));
        return undefined;
      }
      if (going ? !held : status?.attached === true) return undefined;
      const step = going ? "detach" : "attach";
      const before = memory.get(key) as { step: string; since: Micros } | undefined;
      const since = before?.step === step ? before.since : now;
      memory.set(key, { step, since });
      const left = since + delayOf(client, spec.attacher) - now;
      if (left > 0) return { requeueAfter: left };
      if (going) client.update("VolumeAttachment", withoutFinalizer(attachment, finalizer));
      else client.updateStatus("VolumeAttachment", { ...attachment, status: { attached: true } });
      return undefined;
    },
  };
}

function delayOf(client: Client, driver: string): Micros {
  const text = client.get("CSIDriver", driver)?.metadata.annotations?.[DELAY];
  return parseSpan(text ?? "") ?? DEFAULT_DELAY;
}
