import type { PluginRejection, Rejection } from "../framework/status.ts";

/** A refusal with the position of its filter in the profile; −1 for the framework's own, which go before all. */
export interface KnownRefusal extends PluginRejection {
  readonly order: number;
}

/** Numbers for refusals, so that a column can hold them. 0 stands for none. */
export class RefusalTable {
  readonly list: KnownRefusal[] = [{ code: "Error", reasons: [], plugin: "", order: 0 }];
  private readonly ids = new Map<Rejection, number>();
  private readonly byText = new Map<string, number>();

  /** Number of a refusal that was given before. */
  known(rejection: Rejection): number | undefined {
    return this.ids.get(rejection);
  }

  /** Number of a refusal by the filter at that position; equal ones share it. */
  idOf(rejection: Rejection, plugin: string, order: number): number {
    const { code, reasons } = rejection;
    const text = JSON.stringify([order, code, plugin, reasons]);
    let id = this.byText.get(text);
    if (id === undefined) {
      id = this.list.push({ code, reasons, plugin, order }) - 1;
      this.byText.set(text, id);
    }
    this.ids.set(rejection, id);
    return id;
  }
}
