import { describe, expect, it } from "vitest";
import { storyOf } from "../../report/story.ts";
import { SECOND } from "../../sim/engine/time.ts";

const pod = (name: string, at: number, reason?: string) => ({
  kind: "change",
  seq: at,
  time: at * SECOND,
  collection: "Pod",
  key: `default/${name}`,
  before: { metadata: { name } },
  after: {
    metadata: { name },
    status: {
      containerStatuses: [
        { name: "main", state: reason === undefined ? {} : { waiting: { reason } } },
      ],
    },
  },
});
const story = (...entries: object[]) =>
  storyOf({ title: "", description: undefined, entries: entries as never, end: 60 * SECOND }).map(
    ({ kind, text }) => `${kind}: ${text}`,
  );

describe("the story of a run", () => {
  it("tells what goes wrong, pods of one trouble together, and nothing of those that are well", () => {
    expect(
      story(
        pod("a", 1, "ErrImagePull"),
        pod("b", 1, "ErrImagePull"),
        pod("c", 1),
        pod("a", 9, "ImagePullBackOff"),
      ),
    ).toEqual([
      "bad: pod/a and 1 more container main: ErrImagePull",
      "bad: pod/a container main: ImagePullBackOff",
    ]);
  });

  it("keeps what lies on both sides of a step apart", () => {
    const step = {
      kind: "step",
      seq: 2,
      time: SECOND,
      step: { what: "begin", id: "x", action: "act", text: "" },
    };
    expect(story(pod("a", 1, "ErrImagePull"), step, pod("b", 1, "ErrImagePull"))).toHaveLength(3);
  });
});
