import { describe, expect, it } from "vitest";
import { kubectlVersion, replaySession } from "./replay.ts";

const version = kubectlVersion();

describe("the real kubectl against the simulated API server", () => {
  if (version === undefined) {
    it("is not replayed because there is no kubectl on the path", () => {
      console.log("kubectl: not on the path, nothing replayed");
      expect(version).toBeUndefined();
    });
    return;
  }
  it("answers the recorded session as the real cluster did", async () => {
    const verdict = await replaySession("test/golden/kubectl/session.jsonl.gz");
    const { right, commands, tolerated, differences } = verdict;
    console.log(
      `kubectl ${version}: ${right} of ${commands} commands, ${tolerated} differ by its version alone`,
    );
    expect(differences.map(({ cmd, text }) => `${cmd}\n${text}`)).toEqual([]);
  }, 240_000);
});
